#include "agent/durable/book.hpp"
#include "agent/durable/testing.hpp"
#include "agent/os/scratch.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <sstream>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace outrider::durable {
namespace {

std::unique_ptr<Book> opened(const std::string& path, BookOptions options = {}) {
  auto book = open_book(path, options);
  EXPECT_TRUE(book) << book.error().what;
  return book ? std::move(*book) : nullptr;
}

core::Outcome<> put(Book& book, std::string table, std::string key, std::string value) {
  const Change change{std::move(table), std::move(key), std::move(value)};
  return book.write({&change, 1});
}

core::Outcome<> take(Book& book, std::string table, std::string key) {
  const Change change{std::move(table), std::move(key), std::nullopt};
  return book.write({&change, 1});
}

std::map<std::string, std::string> all(const Book& book, std::string_view table) {
  std::map<std::string, std::string> found;
  const auto walked = book.walk(table, "", [&](std::string_view key, std::string_view value) {
    found.emplace(key, value);
    return true;
  });
  EXPECT_TRUE(walked) << walked.error().what;
  return found;
}

// How much of the book's file is in our memory.
std::uint64_t resident_bytes(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool ours = false;
  std::uint64_t sum = 0;
  while (std::getline(maps, line)) {
    std::istringstream words(line);
    std::string first;
    std::uint64_t kib = 0;
    words >> first >> kib;
    if (first.find('-') != std::string::npos) ours = line.find(path + "/data.mdb") != std::string::npos;
    if (ours && first == "Rss:") sum += kib * 1024;
  }
  return sum;
}

// A file system that is soon full; not everyone may have one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    mounted_ = ::mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(scratch_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::string operator/(const std::string& name) const { return scratch_ / name; }

 private:
  os::Scratch scratch_;
  bool mounted_ = false;
};

TEST(Book, KeepsItsTablesApartAndInOrderWhenItIsOpenedAgain) {
  const os::Scratch scratch;
  {
    const auto book = opened(scratch / "book");
    const std::vector<Change> changes{
        {"fruit", "pear", "green"}, {"fruit", "apple", "red"}, {"stone", "apple", "not"}};
    ASSERT_TRUE(book->write(changes));
    ASSERT_TRUE(put(*book, "fruit", "plum", "blue"));
    ASSERT_TRUE(take(*book, "fruit", "pear"));
    ASSERT_TRUE(take(*book, "nothing", "is there"));
  }
  const auto book = opened(scratch / "book");
  EXPECT_EQ(all(*book, "fruit"), (std::map<std::string, std::string>{{"apple", "red"}, {"plum", "blue"}}));
  EXPECT_EQ(book->read("stone", "apple")->value_or(""), "not");
  EXPECT_FALSE(*book->read("stone", "pear"));
  EXPECT_FALSE(*book->read("nothing", "pear"));
  std::string first;
  ASSERT_TRUE(book->walk("fruit", "b", [&](std::string_view key, std::string_view) {
    first = key;
    return false;
  }));
  EXPECT_EQ(first, "plum");
}

TEST(Book, TakesKeysAndValuesOfEverySizeThatIsAllowed) {
  const os::Scratch scratch;
  const auto book = opened(scratch / "book");
  for (const std::size_t size : {0u, 1u, 1900u, 2100u, 4096u, 70'000u, 3'000'000u}) {
    const std::string value(size, 'v');
    ASSERT_TRUE(put(*book, "sizes", std::to_string(size), value));
    EXPECT_EQ(book->read("sizes", std::to_string(size))->value_or("?"), value);
  }
  ASSERT_TRUE(put(*book, "sizes", std::string(500, 'k'), "long"));
  EXPECT_EQ(book->read("sizes", std::string(500, 'k'))->value_or("?"), "long");
  const auto too_long = put(*book, "sizes", std::string(600, 'k'), "x");
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, core::Errc::invalid);
}

TEST(Book, PutsTextsWhereTheyStandInAValue) {
  const os::Scratch scratch;
  const std::string large(30'000, 'l');
  const auto on_disk = opened(scratch / "book");
  const auto in_memory = make_memory_book();
  for (Book* book : {on_disk.get(), in_memory.get()}) {
    std::vector<Change> changes{{"texts", "all", "<>"}, {"texts", "only", ""}, {"texts", "none", "plain"}};
    changes[0].inserted = {{0, "first "}, {1, large}, {1, " and "}, {2, " last"}};
    changes[1].inserted = {{0, large}};
    ASSERT_TRUE(book->write(changes));
    EXPECT_EQ(book->read("texts", "all")->value_or("?"), "first <" + large + " and > last");
    EXPECT_EQ(book->read("texts", "only")->value_or("?"), large);
    EXPECT_EQ(book->read("texts", "none")->value_or("?"), "plain");
  }
}

TEST(Book, ShowsTheBeginningsOfValuesOfOneTable) {
  const os::Scratch scratch;
  const auto on_disk = opened(scratch / "book");
  const auto in_memory = make_memory_book();
  for (Book* book : {on_disk.get(), in_memory.get()}) {
    for (const char* key : {"a", "b", "c", "d"})
      ASSERT_TRUE(put(*book, "large", key, key + std::string(9'000, 'v')));
    ASSERT_TRUE(put(*book, "large", "e", "small"));
    ASSERT_TRUE(put(*book, "other", "b", "not seen"));
    std::vector<std::string> seen;
    const Book::Glance glance = [&](std::string_view key, std::string_view beginning, std::size_t bytes) {
      seen.push_back(fmt::format("{} {} {}", key, beginning, bytes));
      return key != "b";
    };
    ASSERT_TRUE(book->skim("large", "", 3, glance));
    EXPECT_EQ(seen, (std::vector<std::string>{"a avv 9001", "b bvv 9001"}));
    seen.clear();
    ASSERT_TRUE(book->skim("large", "d", 8, glance));
    EXPECT_EQ(seen, (std::vector<std::string>{"d dvvvvvvv 9001", "e small 5"}));
  }
}

TEST(Book, OfAHundredThousandKeysTakesNoMemory) {
  const testing::Memory scratch;
  const auto book = opened(scratch / "book");
  for (int part = 0; part < 100; ++part) {
    std::vector<Change> changes;
    for (int i = 0; i < 1000; ++i) {
      changes.push_back({"many", fmt::format("{:08}", i * 100 + part), fmt::format("value {} {}", i, part)});
    }
    ASSERT_TRUE(book->write(changes));
  }
  int seen = 0;
  std::string before;
  ASSERT_TRUE(book->walk("many", "", [&](std::string_view key, std::string_view) {
    EXPECT_LT(before, key);
    before = key;
    return ++seen > 0;
  }));
  EXPECT_EQ(seen, 100'000);
  EXPECT_EQ(book->read("many", "00004217")->value_or(""), "value 42 17");
  EXPECT_LE(resident_bytes(scratch / "book"), 200u << 10);
}

TEST(Book, IsBoundedAndRemovingStillWorksWhenItIsFull) {
  const testing::Memory scratch;
  const auto book = opened(scratch / "book", {.most_bytes = 4 << 20});
  int kept = 0;
  core::Outcome<> last;
  while ((last = put(*book, "t", fmt::format("{:06}", kept), std::string(3000, 'x')))) ++kept;
  EXPECT_EQ(last.error().code, core::Errc::exhausted);
  EXPECT_GT(kept, 900);
  EXPECT_LE(book->volume().used_bytes, book->volume().most_bytes);
  EXPECT_EQ(all(*book, "t").size(), static_cast<std::size_t>(kept));
  for (int i = 0; i < kept; ++i) ASSERT_TRUE(take(*book, "t", fmt::format("{:06}", i))) << i;
  EXPECT_LT(book->volume().used_bytes, 100'000u);
  EXPECT_TRUE(put(*book, "t", "again", std::string(1 << 20, 'y')));
}

TEST(Book, CanGoOnForEverWithinItsBound) {
  const testing::Memory scratch;
  const auto book = opened(scratch / "book", {.most_bytes = 8 << 20});
  // What comes and goes as in a queue, in sizes that do not fit each other's holes.
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(put(*book, "queue", fmt::format("{:08}", i), std::string(1 + i * 7919 % 120'000, 'q'))) << i;
    if (i >= 20) {
      ASSERT_TRUE(take(*book, "queue", fmt::format("{:08}", i - 20)));
    }
  }
  EXPECT_EQ(all(*book, "queue").size(), 20u);
}

TEST(Book, OnAFullDiskChangesNothingAndStillRemoves) {
  const SmallDisk disk("4m");
  if (!disk.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here";
  const auto book = opened(disk / "book");
  int kept = 0;
  core::Outcome<> last;
  while ((last = put(*book, "t", fmt::format("{:06}", kept), std::string(3000, 'x')))) ++kept;
  EXPECT_EQ(last.error().code, core::Errc::exhausted);
  EXPECT_NE(last.error().what.find("data.mdb"), std::string::npos);
  std::ofstream(disk / "filler") << std::string(8 << 20, 'f')
                                 << std::flush;  // now there is not one block left
  EXPECT_EQ(all(*book, "t").size(), static_cast<std::size_t>(kept));
  EXPECT_FALSE(put(*book, "t", "one more", std::string(3 << 20, 'x')));
  for (int i = 0; i < kept; ++i) ASSERT_TRUE(take(*book, "t", fmt::format("{:06}", i))) << i;
  EXPECT_TRUE(all(*book, "t").empty());
}

TEST(Book, ThatCannotBeMadeOnAFullDiskSaysSo) {
  const SmallDisk disk("64k");
  if (!disk.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here";
  const auto book = open_book(disk / "book");
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().code, core::Errc::exhausted);
}

TEST(Book, CanBeReadByAnotherProcessWhileItIsWritten) {
  const os::Scratch scratch;
  ASSERT_TRUE(put(*opened(scratch / "book"), "t", "count", "0"));
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t reader = ::fork();
  ASSERT_GE(reader, 0);
  if (reader == 0) {
    char word;
    if (::read(go[0], &word, 1) != 1) ::_exit(9);
    auto book = open_book(scratch / "book", {.read_only = true});
    if (!book) ::_exit(1);
    if (put(**book, "t", "x", "y")) ::_exit(2);
    for (int last = 0; last < 200;) {
      const auto value = (*book)->read("t", "count");
      if (!value || !*value) ::_exit(3);
      const int now = std::stoi(**value);
      // LMDB shows a commit a moment before it is on the disk, and may do so to one look and not to the next.
      if (now + 1 < last) ::_exit(4);
      last = now;
    }
    ::_exit(0);
  }
  const auto book = opened(scratch / "book");
  ASSERT_EQ(::write(go[1], "g", 1), 1);
  for (int i = 1; i <= 200; ++i) ASSERT_TRUE(put(*book, "t", "count", std::to_string(i)));
  int status = 0;
  ASSERT_EQ(::waitpid(reader, &status, 0), reader);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  ::close(go[0]);
  ::close(go[1]);
}

TEST(Book, OfAReaderThatIsNotThereSaysSo) {
  const os::Scratch scratch;
  const auto book = open_book(scratch / "book", {.read_only = true});
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().code, core::Errc::not_found);
}

TEST(Book, ReusesPagesThatADeadReaderHeld) {
  const testing::Memory scratch;
  {
    ASSERT_TRUE(put(*opened(scratch / "book"), "t", "k", "v"));
  }
  const pid_t reader = ::fork();
  ASSERT_GE(reader, 0);
  if (reader == 0) {
    auto book = open_book(scratch / "book", {.read_only = true});
    if (!book) ::_exit(1);
    (void)(*book)->walk("t", "", [](std::string_view, std::string_view) { return ::raise(SIGKILL) == 0; });
    ::_exit(0);
  }
  const auto book = opened(scratch / "book", {.most_bytes = 2 << 20});
  int status = 0;
  ASSERT_EQ(::waitpid(reader, &status, 0), reader);
  ASSERT_TRUE(WIFSIGNALED(status));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(put(*book, "t", "k", std::string(20'000, 'v'))) << i;
}

// Writes pairs until it is killed, and says which are on the disk.
[[noreturn]] void write_until_killed(const std::string& path, int said, int from) {
  auto book = open_book(path);
  if (!book) ::_exit(1);
  for (int i = from;; ++i) {
    const std::vector<Change> changes{{"left", fmt::format("{:08}", i), std::string(i * 37 % 9000, 'a')},
                                      {"right", fmt::format("{:08}", i), std::to_string(i)}};
    if (!(*book)->write(changes)) ::_exit(2);
    if (::write(said, &i, sizeof i) != sizeof i) ::_exit(3);
  }
}

TEST(Book, HasWhatWasWrittenAndNothingByHalvesAfterFiftyKills) {
  const os::Scratch scratch;
  int next = 0;
  for (int round = 0; round < 50; ++round) {
    int said[2];
    ASSERT_EQ(::pipe(said), 0);
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) write_until_killed(scratch / "book", said[1], next);
    ::close(said[1]);
    int last = next - 1;
    for (int told = 0; told <= round % 7; ++told)
      ASSERT_EQ(::read(said[0], &last, sizeof last), ssize_t{sizeof last});
    ::kill(writer, SIGKILL);
    while (::read(said[0], &last, sizeof last) == ssize_t{sizeof last}) {
    }
    ::close(said[0]);
    ::waitpid(writer, nullptr, 0);

    const auto book = opened(scratch / "book");
    const auto left = all(*book, "left");
    const auto right = all(*book, "right");
    ASSERT_EQ(left.size(), right.size()) << "written by halves in round " << round;
    ASSERT_GE(right.size(), static_cast<std::size_t>(last) + 1)
        << "said to be on the disk in round " << round;
    ASSERT_EQ(std::stoi(right.rbegin()->second), static_cast<int>(right.size()) - 1);
    next = static_cast<int>(right.size());
  }
}

}  // namespace
}  // namespace outrider::durable
