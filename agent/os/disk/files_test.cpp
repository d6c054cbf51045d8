#include "agent/os/files.hpp"

#include "agent/os/scratch.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;

namespace {

class FilesTest : public testing::Test {
 protected:
  std::string content(const std::string& path) {
    return files->read_all(path, 1 << 20).value_or("(unreadable)");
  }
  Scratch scratch;
  std::unique_ptr<Files> files = make_files();
};

// A file system of one's own, so small that it is soon full.
class SmallDisk {
 public:
  explicit SmallDisk(std::string at) : at_(std::move(at)) {
    mounted_ = ::mount("none", at_.c_str(), "tmpfs", 0, "size=64k,mode=0755") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::string operator/(const std::string& name) const { return at_ + "/" + name; }

 private:
  std::string at_;
  bool mounted_;
};

}  // namespace

TEST_F(FilesTest, AppendsAtTheEndAlsoAfterReopening) {
  const std::string path = scratch / "a";
  {
    auto file = files->open_append(path, 0600);
    ASSERT_TRUE(file.has_value());
    EXPECT_TRUE((*file)->append("one ").has_value());
    EXPECT_TRUE((*file)->sync().has_value());
    EXPECT_EQ((*file)->size(), 4u);
  }
  auto file = files->open_append(path);
  EXPECT_EQ((*file)->size(), 4u);
  EXPECT_TRUE((*file)->append("two").has_value());
  EXPECT_TRUE((*file)->sync().has_value());
  EXPECT_EQ(content(path), "one two");
  EXPECT_EQ(files->read_tail(path, 3).value(), "two");
  EXPECT_EQ(files->read_part(path, 2, 3).value(), "e t");
  EXPECT_EQ(files->read_part(path, 5, 100).value(), "wo");
  EXPECT_EQ(files->read_part(path, 7, 100).value(), "") << "there is nothing behind the end";
  EXPECT_EQ(files->read_tail(path, 100).value(), "one two");
  EXPECT_EQ(files->read_tail(scratch / "none", 1).error().code, core::Errc::not_found);
  struct stat about{};
  ::stat(path.c_str(), &about);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

TEST_F(FilesTest, OnAFullDiskAFileKeepsItsFormerLength) {
  const SmallDisk disk(scratch.path());
  if (!disk.mounted()) GTEST_SKIP() << "needs root with the right to mount a small tmpfs";
  auto file = files->open_append(disk / "a");
  ASSERT_TRUE((*file)->append("kept\n").has_value());
  const auto refused = (*file)->append(std::string(200'000, 'x'));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, core::Errc::exhausted);
  EXPECT_EQ(refused.error().what, "cannot append to " + (disk / "a") + ": No space left on device");
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_EQ(content(disk / "a"), "kept\n");
  EXPECT_EQ((*file)->size(), 5u);
  EXPECT_TRUE((*file)->append("and on\n").has_value()) << "the room was given back";

  EXPECT_TRUE(files->replace(disk / "b", "old").has_value());
  EXPECT_EQ(files->replace(disk / "b", std::string(200'000, 'x')).error().code, core::Errc::exhausted);
  EXPECT_EQ(content(disk / "b"), "old");
  EXPECT_EQ(files->list(scratch.path()).value(), (std::vector<std::string>{"a", "b"})) << "no leftover";
  EXPECT_LT(files->free_bytes(scratch.path()).value(), 65'536u);
}

TEST_F(FilesTest, AFileSizeLimitIsAnErrorToo) {
  const std::string path = scratch / "a";
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    auto file = files->open_append(path);
    bool good = (*file)->append("1234").has_value();
    const rlimit limit{.rlim_cur = 10, .rlim_max = 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    good = good && !(*file)->append("567890abcdef").has_value() && (*file)->size() == 4;
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content(path), "1234");
}

TEST_F(FilesTest, AReaderOfAReplacedFileSeesTheOldOrTheNew) {
  const std::string path = scratch / "state";
  const std::string first(30'000, 'a');
  const std::string second(30'000, 'b');
  ASSERT_TRUE(files->replace(path, first, 0640).has_value());
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(files->replace(path, i % 2 == 0 ? second : first).has_value());
    done = true;
  });
  unsigned torn = 0;
  const auto reader = make_files();
  while (!done) {
    const auto seen = reader->read_all(path, 1 << 20);
    if (!seen || (*seen != first && *seen != second)) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0u);
  EXPECT_EQ(files->list(scratch.path()).value(), std::vector<std::string>{"state"});
  struct stat about{};
  ::stat(path.c_str(), &about);
  EXPECT_EQ(about.st_mode & 0777, 0640u);
}

TEST_F(FilesTest, WhatIsThereIsNotMadeOnceMore) {
  const std::string path = scratch / "key";
  ASSERT_TRUE(files->create(path, "first", 0600).has_value());
  const auto second = files->create(path, "second", 0644);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, core::Errc::busy);
  EXPECT_EQ(content(path), "first");
  struct stat about{};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(files->list(scratch / ".")->size(), 1u) << "nothing temporary stays";
}

TEST_F(FilesTest, DirectoriesAreMadeListedAndFilesMovedCutAndRemoved) {
  EXPECT_TRUE(files->make_directories(scratch / "x/y/z").has_value());
  EXPECT_TRUE(files->make_directories(scratch / "x/y/z").has_value()) << "again is fine";
  EXPECT_TRUE(files->replace(scratch / "x/b", "12345").has_value());
  EXPECT_TRUE(files->rename(scratch / "x/b", scratch / "x/y/a").has_value());
  EXPECT_EQ(files->list(scratch / "x/y").value(), (std::vector<std::string>{"a", "z"}));
  EXPECT_TRUE(files->truncate(scratch / "x/y/a", 2).has_value());
  EXPECT_EQ(files->size_of(scratch / "x/y/a").value(), 2u);
  EXPECT_EQ(content(scratch / "x/y/a"), "12");
  EXPECT_TRUE(files->remove(scratch / "x/y/a").has_value());
  EXPECT_FALSE(files->exists(scratch / "x/y/a"));
}

TEST_F(FilesTest, TroubleIsToldWithThePath) {
  EXPECT_EQ(files->open_append("/no/such/file").error().what,
            "cannot open /no/such/file: No such file or directory");
  EXPECT_EQ(files->read_all(scratch.path(), 10).error().code, core::Errc::invalid);
  ASSERT_TRUE(files->replace(scratch / "a", "12345").has_value());
  EXPECT_EQ(files->read_all(scratch / "a", 4).error().code, core::Errc::exhausted);
  EXPECT_EQ(files->read_all(scratch / "a", 5).value(), "12345");
  EXPECT_FALSE(files->make_directories(scratch / "a/b").has_value());
  EXPECT_EQ(files->make_directories(scratch / "a").error().code, core::Errc::not_found) << "it is a file";
  EXPECT_EQ(files->list("/no/such").error().code, core::Errc::not_found);
  EXPECT_FALSE(files->open_append("/dev/null").has_value()) << "not a regular file";
}

TEST_F(FilesTest, AnUnwritableDirectoryIsDenied) {
  if (::geteuid() == 0) {
    const auto refused = files->replace("/proc/version", "x");
    ASSERT_FALSE(refused.has_value());
    return;
  }
  ::chmod(scratch.path().c_str(), 0500);
  EXPECT_EQ(files->replace(scratch / "a", "x").error().code, core::Errc::denied);
}
