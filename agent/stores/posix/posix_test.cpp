#include "agent/stores/posix/posix.hpp"

#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/scratch.hpp"

#include <fstream>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using Listed = core::Outcome<std::vector<core::StoredObject>>;

namespace {

class PosixStore : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

  Listed list(const std::string& root, const std::string& prefix, core::Duration limit = 10s) {
    std::optional<Listed> result;
    with_store(root, [&](core::ObjectStore& store) -> core::Task<void> {
      result.emplace(co_await store.list(prefix, limit));
    });
    return *result;
  }

  core::Outcome<std::string> read(const std::string& name) {
    std::optional<core::Outcome<std::string>> result;
    with_store(scratch_.path(), [&](core::ObjectStore& store) -> core::Task<void> {
      result.emplace(co_await store.read(name, 100, 10s));
    });
    return *result;
  }

  void with_store(const std::string& root, const std::function<core::Task<void>(core::ObjectStore&)>& work) {
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto clock = os::make_clock();
      const auto pool = async::make_thread_pool(1);
      const stores::Tools tools{*clock, *pool};
      stores::posix::Settings settings;
      settings.directory = root;
      const auto store = stores::posix::make_store(settings, tools);
      co_await work(*store);
    });
  }

  os::Scratch scratch_;
};

}  // namespace

TEST_F(PosixStore, ListsAndReadsWhatLiesInTheFolder) {
  put("archive/main/15-1/a", "one");
  put("archive/main/archive.info", "three");
  put("backup/main/b", "x");
  const Listed listed = list(scratch_.path(), "archive/main");
  ASSERT_TRUE(listed) << listed.error().what;
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ(listed->at(0).name, "archive/main/15-1/a");
  EXPECT_EQ(listed->at(1).bytes, 5u);
  EXPECT_GT(listed->at(1).modified, core::WallTime(24h));
  EXPECT_EQ(read("archive/main/15-1/a"), "one");
  EXPECT_EQ(read("archive/main/15-1/b").error().code, core::Errc::not_found);
}

TEST_F(PosixStore, NothingMountedIsNotAnEmptyStore) {
  EXPECT_EQ(list(scratch_ / "gone", "").error().code, core::Errc::unavailable);
  EXPECT_TRUE(list(scratch_.path(), "archive")->empty()) << "but a folder not yet made is";
}

TEST_F(PosixStore, TwentyThousandFilesAreListedWithinAFifthOfASecondOfWork) {
  const std::string folder = scratch_ / "wal";
  std::filesystem::create_directory(folder);
  for (int at = 0; at < 20'000; ++at) ::close(::creat((folder + "/" + std::to_string(at)).c_str(), 0600));
  const std::clock_t before = std::clock();
  EXPECT_EQ(list(scratch_.path(), "wal")->size(), 20'000u);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // a time under a sanitizer says nothing
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.2);
#else
  (void)before;
#endif
}

TEST_F(PosixStore, ALimitThatIsOverEndsTheListing) {
  for (int at = 0; at < 600; ++at) put("many/" + std::to_string(at), "x");
  EXPECT_EQ(list(scratch_.path(), "", 0ns).error().code, core::Errc::timed_out);
}
