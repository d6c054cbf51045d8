// What providers print, in the shapes that their documents show.
#include "agent/catalogs/snapshots/snapshots.hpp"

#include "agent/catalogs/tool_world.hpp"
#include "agent/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::catalogs::snapshots {
namespace {

using ::testing::HasSubstr;

std::vector<BackupSet> read(std::string_view text) {
  auto sets = read_snapshots(text);
  EXPECT_TRUE(sets) << sets.error().what;
  return sets.value_or(std::vector<BackupSet>());
}

// "name time" of the only one, and whether it is whole.
void expect_one(std::string_view text, const std::string& label, const std::string& time, bool complete) {
  const auto sets = read(text);
  ASSERT_EQ(sets.size(), 1u) << text;
  EXPECT_EQ(sets[0].label, label);
  EXPECT_EQ(core::show_time(sets[0].started).substr(0, 19) + "Z", time);
  EXPECT_EQ(sets[0].complete, complete) << sets[0].trouble;
  EXPECT_EQ(sets[0].trouble.empty(), complete);
}

TEST(Snapshots, OfRdsAreReadOldestFirstAndACopyIsAsOldAsItsOriginal) {
  ToolWorld machine;
  const auto sets = read(machine.fixture("snapshots/fixtures/rds.json"));
  ASSERT_EQ(sets.size(), 3u);
  EXPECT_EQ(sets[0].label, "school-copied");
  EXPECT_EQ(sets[1].label, "rds:school-2026-11-21-03-10");
  EXPECT_EQ(sets[2].label, "school-now");
  EXPECT_TRUE(sets[0].complete && sets[1].complete);
  EXPECT_FALSE(sets[2].complete);
  EXPECT_EQ(sets[2].trouble, "its state is creating");
}

TEST(Snapshots, OfOtherProvidersAreReadByWhatTheyHold) {
  expect_one(R"({"DBClusterSnapshots": [{"DBClusterSnapshotIdentifier": "c", "Status": "available",
                 "SnapshotCreateTime": "2026-11-21T03:10:41.112Z"}]})",
             "c", "2026-11-21T03:10:41Z", true);
  expect_one(R"({"Snapshots": [{"SnapshotId": "snap-0", "StartTime": "2026-11-21T03:10:41.112000+00:00",
                 "State": "pending", "VolumeSize": 8}]})",
             "snap-0", "2026-11-21T03:10:41Z", false);
  expect_one(R"([{"name": "g", "creationTimestamp": "2026-11-20T19:10:41.112-08:00", "status": "READY"}])",
             "g", "2026-11-21T03:10:41Z", true);
  expect_one(R"([{"name": "a", "timeCreated": "2026-11-21T03:10:41.1126461+00:00",
                 "provisioningState": "Succeeded"}])",
             "a", "2026-11-21T03:10:41Z", true);
  expect_one(
      R"({"kind": "List", "items": [{"metadata": {"name": "k", "creationTimestamp": "2026-11-21T03:10:50Z"},
                 "status": {"readyToUse": true, "creationTime": "2026-11-21T03:10:41Z"}}]})",
      "k", "2026-11-21T03:10:41Z", true);
  expect_one(R"({"items": [{"metadata": {"name": "k", "creationTimestamp": "2026-11-21T03:10:50Z"}}]})", "k",
             "2026-11-21T03:10:50Z", false);
  expect_one(R"([{"name": "own", "time": "2026-11-21T03:10:41Z", "complete": true}])", "own",
             "2026-11-21T03:10:41Z", true);
}

TEST(Snapshots, WhatCannotBeReadIsNoSnapshotAndNotNone) {
  for (const char* text :
       {"", "no", "{}", R"({"Snapshots": {}})", R"([1])", R"([{"name": "x"}])",
        R"([{"name": "x", "time": "2026-11-21 03:10"}])", R"([{"name": "x", "time": "2026-11-21T03:10:41"}])",
        R"([{"time": "2026-11-21T03:10:41Z"}])"})
    EXPECT_FALSE(read_snapshots(text)) << text;
  EXPECT_TRUE(read("[]").empty());
  EXPECT_FALSE(read(R"([{"name": "x", "time": "2026-11-21T03:10:41Z"}])")[0].complete)
      << "nobody said that it is";
}

}  // namespace
}  // namespace outrider::catalogs::snapshots
