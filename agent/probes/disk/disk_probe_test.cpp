#include "agent/probes/disk/disk_probe.hpp"

#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

constexpr std::uint64_t gibibyte = 1ULL << 30;

class DiskProbe : public probes::testing::ProbeTest {
 protected:
  DiskProbe() {
    settings_.path = "/srv";
    space() = {100 * gibibyte, 40 * gibibyte, 1000, 400, false, true};
  }

  os::SpaceFacts& space() { return machine_->spaces["/srv"]; }
  core::Answer ask_once(core::Duration limit = 1s) {
    const auto probe = probes::disk::make_probe(settings_, tools_);
    return ask(*probe, limit);
  }
  // Once a minute, with so much less each time.
  core::Answer watch(probes::Probe& probe, int minutes, std::uint64_t less) {
    core::Answer last;
    for (int minute = 0; minute < minutes; ++minute) {
      last = ask(probe, 1s);
      clock_.advance(59s);
      space().free_bytes -= less;
    }
    return last;
  }

  probes::disk::Settings settings_;
};

}  // namespace

TEST_F(DiskProbe, EnoughSpaceIsOkAndSaysHowMuch) {
  const core::Answer answer = ask_once();
  EXPECT_EQ(answer.standing, Standing::ok);
  EXPECT_EQ(answer.detail, "/srv has 40 GiB free of 100 GiB (40%)");
}

TEST_F(DiskProbe, TooLittleSpaceIsNotOk) {
  space().free_bytes = 4 * gibibyte;
  EXPECT_EQ(ask_once().standing, Standing::not_ok);
  settings_.free = {{}, 3 * gibibyte};
  EXPECT_EQ(ask_once().standing, Standing::ok);
}

TEST_F(DiskProbe, TooFewInodesAreNotOkWhereThereIsANumberOfThem) {
  space().free_inodes = 10;
  EXPECT_EQ(ask_once().standing, Standing::not_ok);
  space().inodes = space().free_inodes = 0;
  EXPECT_EQ(ask_once().standing, Standing::ok) << "btrfs has none";
}

TEST_F(DiskProbe, ReadOnlyIsNotOkUnlessItMayBe) {
  space().read_only = true;
  EXPECT_EQ(ask_once().detail, "/srv is read-only");
  settings_.may_be_read_only = true;
  EXPECT_EQ(ask_once().standing, Standing::ok);
}

TEST_F(DiskProbe, ADirectoryThatIsNoMountPointIsNotTakenForTheDiskThatShouldBeThere) {
  space().is_mount_point = false;
  EXPECT_EQ(ask_once().standing, Standing::ok);
  settings_.must_be_mounted = true;
  EXPECT_EQ(ask_once().detail, "nothing is mounted at /srv");
}

TEST_F(DiskProbe, WhatWillBeFullSoonIsNotOkBeforeItIs) {
  settings_.full_within = 24h;
  settings_.window = 1h;
  const auto probe = probes::disk::make_probe(settings_, tools_);
  EXPECT_EQ(watch(*probe, 14, gibibyte / 10).standing, Standing::ok) << "too early to say";
  const core::Answer answer = watch(*probe, 6, gibibyte / 10);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_NE(answer.detail.find("is full in 6 h"), std::string::npos) << answer.detail;
}

TEST_F(DiskProbe, WhatFillsSlowlyOrEmptiesIsNoTrouble) {
  settings_.full_within = 24h;
  settings_.window = 1h;
  const auto probe = probes::disk::make_probe(settings_, tools_);
  EXPECT_EQ(watch(*probe, 30, gibibyte / 100).standing, Standing::ok) << "67 hours are more than 24";
  const auto other = probes::disk::make_probe(settings_, tools_);
  EXPECT_EQ(watch(*other, 30, std::uint64_t{} - gibibyte / 10).standing, Standing::ok);
}

TEST_F(DiskProbe, APathThatIsNotThereIsUnknown) {
  settings_.path = "/nowhere";
  EXPECT_EQ(ask_once().standing, Standing::unknown);
}

TEST_F(DiskProbe, AHangingFileSystemIsUnknownAndNotAskedTwice) {
  const auto probe = probes::disk::make_probe(settings_, tools_);
  calls_hang_ = true;
  const core::Answer late = ask(*probe, 2s);
  EXPECT_EQ(late.standing, Standing::unknown);
  EXPECT_EQ(late.took, 2s);
  calls_hang_ = false;
  const core::Answer still = ask(*probe, 2s);
  EXPECT_EQ(still.standing, Standing::unknown);
  EXPECT_EQ(still.detail, "still waiting for the free space of /srv, which was asked for 2 s ago");
}
