#include "agent/os/sim_files.hpp"

#include "agent/os/random.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;

namespace {

class SimFilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files.make_directories("/state").has_value()); }
  std::string content(const std::string& path) { return files.read_all(path, 1000).value_or("(unreadable)"); }
  SimFiles files;
};

}  // namespace

TEST_F(SimFilesTest, ActLikeFiles) {
  auto file = files.open_append("/state/a");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE((*file)->append("one").has_value());
  EXPECT_TRUE((*file)->append("two").has_value());
  EXPECT_EQ(content("/state/a"), "onetwo");
  EXPECT_EQ(files.read_tail("/state/a", 3).value(), "two");
  EXPECT_EQ(files.read_tail("/state/a", 100).value(), "onetwo");
  EXPECT_TRUE(files.replace("/state/b", "b").has_value());
  EXPECT_TRUE(files.rename("/state/b", "/state/c").has_value());
  EXPECT_FALSE(files.exists("/state/b"));
  EXPECT_EQ(files.list("/state").value(), (std::vector<std::string>{"a", "c"}));
  EXPECT_TRUE(files.truncate("/state/a", 3).has_value());
  EXPECT_EQ(files.size_of("/state/a").value(), 3u);
  EXPECT_TRUE(files.remove("/state/a").has_value());
  EXPECT_EQ(files.read_all("/state/a", 10).error().code, core::Errc::not_found);
  EXPECT_EQ(files.open_append("/elsewhere/a").error().code, core::Errc::not_found);
  EXPECT_EQ(files.read_all("/state/c", 0).error().code, core::Errc::exhausted);
}

TEST_F(SimFilesTest, AFullDiskTakesAllOfAnAppendOrNothing) {
  files.faults.capacity_bytes = 5;
  auto file = files.open_append("/state/a");
  EXPECT_TRUE((*file)->append("1234").has_value());
  EXPECT_EQ((*file)->append("56").error().code, core::Errc::exhausted);
  EXPECT_EQ(content("/state/a"), "1234");
  EXPECT_EQ(files.free_bytes("/state").value(), 1u);
  EXPECT_FALSE(files.replace("/state/a", "12").has_value()) << "old and new stand side by side for a moment";
  EXPECT_EQ(content("/state/a"), "1234");
}

TEST_F(SimFilesTest, APowerCutKeepsWhatWasSyncedAndNoMore) {
  auto file = files.open_append("/state/a");
  EXPECT_TRUE((*file)->append("kept").has_value());
  EXPECT_TRUE((*file)->sync().has_value());
  EXPECT_TRUE((*file)->append("lost").has_value());
  auto never_synced = files.open_append("/state/b");
  EXPECT_TRUE((*never_synced)->append("gone").has_value());
  files.crash();
  EXPECT_EQ(content("/state/a"), "kept");
  EXPECT_FALSE(files.exists("/state/b"));
  EXPECT_FALSE((*file)->append("dead").has_value());
  EXPECT_FALSE((*file)->sync().has_value());
}

TEST_F(SimFilesTest, ATornWriteLeavesAPrefixOfTheUnsynced) {
  const auto random = make_seeded_random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    auto file = files.open_append("/state/a");
    EXPECT_TRUE(files.truncate("/state/a", 0).has_value());
    EXPECT_TRUE((*file)->append("AB").has_value());
    EXPECT_TRUE((*file)->sync().has_value());
    EXPECT_TRUE((*file)->append("cd").has_value());
    files.crash_torn(*random);
    seen.insert(content("/state/a"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"AB", "ABc", "ABcd"}));
}

TEST_F(SimFilesTest, OtherFaultsAreToldAsTheKernelTellsThem) {
  auto file = files.open_append("/state/a");
  files.faults.sync_fails = true;
  EXPECT_EQ((*file)->sync().error().what, "cannot sync /state/a: Input/output error");
  files.faults = {};
  files.faults.read_only = true;
  EXPECT_EQ((*file)->append("x").error().code, core::Errc::denied);
  EXPECT_EQ(files.open_append("/state/b").error().code, core::Errc::denied);
  files.faults = {};
  files.faults.no_descriptors = true;
  EXPECT_EQ(files.open_append("/state/b").error().code, core::Errc::exhausted);
  files.faults = {};
  files.faults.permission_denied = true;
  EXPECT_EQ(files.open_append("/state/b").error().what, "cannot open /state/b: Permission denied");
}

TEST_F(SimFilesTest, CanBeCorrupted) {
  EXPECT_TRUE(files.replace("/state/a", "good").has_value());
  files.corrupt("/state/a", 1, 'X');
  files.crash();
  EXPECT_EQ(content("/state/a"), "gXod");
}
