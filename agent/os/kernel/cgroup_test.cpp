#include "agent/os/cgroup.hpp"

#include <filesystem>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

const std::string fixtures =
    std::filesystem::absolute("agent/os/kernel/fixtures").string();  // tests run at the top

}  // namespace

TEST(Cgroup, ReadsVersionTwo) {
  const auto group = Cgroup::of(0, fixtures + "/cgroup_v2");
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group->version(), 2);
  EXPECT_EQ(group->path(), "/system.slice/outrider.service");
  const CgroupFacts facts = group->facts();
  EXPECT_EQ(facts.memory_current_bytes, 12'345'678u);
  EXPECT_EQ(facts.memory_limit_bytes, 67'108'864u);
  EXPECT_EQ(facts.out_of_memory_kills, 3u);
  EXPECT_EQ(facts.cpu_used, 5'000'000us);
  EXPECT_DOUBLE_EQ(facts.cpu_limit_cores.value(), 1.5);
  EXPECT_EQ(facts.cpu_periods, 100u);
  EXPECT_EQ(facts.cpu_throttled_periods, 7u);
  EXPECT_EQ(facts.cpu_throttled, 250'000us);
  EXPECT_EQ(facts.pids_current, 12u);
  EXPECT_FALSE(facts.pids_limit.has_value()) << "max is no limit";
}

TEST(Cgroup, ReadsVersionOne) {
  const auto group = Cgroup::of(0, fixtures + "/cgroup_v1");
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group->version(), 1);
  const CgroupFacts facts = group->facts();
  EXPECT_EQ(facts.memory_current_bytes, 9'000'000u);
  EXPECT_FALSE(facts.memory_limit_bytes.has_value()) << "the largest number stands for no limit";
  EXPECT_EQ(facts.out_of_memory_kills, 2u);
  EXPECT_EQ(facts.cpu_used, 7'000'000'000ns);
  EXPECT_FALSE(facts.cpu_limit_cores.has_value()) << "-1 is no limit";
  EXPECT_EQ(facts.cpu_throttled, 42ns);
  EXPECT_EQ(facts.pids_limit, 100u);
}

TEST(Cgroup, WithBothMountedEachControllerIsReadWhereItIs) {
  const auto group = Cgroup::of(0, fixtures + "/cgroup_both");
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group->version(), 1);
  EXPECT_EQ(group->out_of_memory_kills(), 5u);
  EXPECT_EQ(group->facts().pids_current, 4u) << "from the unified tree";
}

TEST(Cgroup, InAContainerTheMountIsOurGroupThoughThePathIsTheHosts) {
  const auto group = Cgroup::of(4711, fixtures + "/cgroup_container");
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(group->version(), 2);
  EXPECT_EQ(group->out_of_memory_kills(), 1u);
}

TEST(Cgroup, WithoutAnythingMountedThereIsNothingToSay) {
  const auto group = Cgroup::of(0, fixtures + "/machine");
  EXPECT_FALSE(group.has_value());
  const auto ours = Cgroup::of();
  ASSERT_TRUE(ours.has_value()) << "every Linux has /proc/self/cgroup";
  EXPECT_GE(ours->version(), 0);
}

TEST(Cgroup, SaysWhatItWaitsForAndWhatItsMemoryIsMadeOf) {
  const auto group = Cgroup::of(0, fixtures + "/cgroup_v2");
  ASSERT_TRUE(group.has_value());
  const CgroupStrain strain = group->strain();
  EXPECT_EQ(strain.anonymous_bytes, 4'000'000u);
  EXPECT_EQ(strain.inactive_file_bytes, 3'000'000u);
  EXPECT_EQ(strain.swapped_bytes, 500u);
  EXPECT_EQ(strain.most_bytes, 20'000'000u);
  EXPECT_EQ(strain.cpu_quota, 150ms);
  EXPECT_EQ(strain.cpu_period, 100ms);
  EXPECT_EQ(strain.cpu.some, 1500ms);
  EXPECT_EQ(strain.io.all, 250ms);
  EXPECT_EQ(strain.memory.some, 7us);
  EXPECT_FALSE(strain.memory.all.has_value());
}

TEST(Cgroup, VersionOneKnowsNoPressure) {
  const auto group = Cgroup::of(0, fixtures + "/cgroup_v1");
  ASSERT_TRUE(group.has_value());
  const CgroupStrain strain = group->strain();
  EXPECT_EQ(strain.anonymous_bytes, 4000u);
  EXPECT_EQ(strain.file_bytes, 3000u);
  EXPECT_EQ(strain.limit_hits, 8u);
  EXPECT_EQ(strain.cpu_user, 1200ms);
  EXPECT_FALSE(strain.cpu_quota.has_value()) << "-1 is no limit";
  EXPECT_FALSE(strain.cpu.some.has_value());
}
