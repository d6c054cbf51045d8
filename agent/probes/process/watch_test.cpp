#include "agent/probes/process/watch.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using probes::process::Growth;
using probes::process::Settings;
using probes::process::Watch;

namespace {

constexpr std::uint64_t mebibyte = 1ULL << 20;

struct Life {
  os::ProcessSight sight;
  core::Instant now = core::Instant{} + 24h;

  Life() {
    sight.facts.pid = 4711;
    sight.facts.name = "tests-api";
    sight.facts.state = 'S';
    sight.facts.threads = 4;
    sight.facts.resident_bytes = 100 * mebibyte;
    sight.descriptors = 10;
    sight.most_descriptors = 100;
  }
  // A look every ten seconds; `change` happens before each.
  template <class Change>
  core::Answer live(Watch& watch, core::Duration length, Change change) {
    core::Answer answer;
    for (const core::Instant end = now + length; now < end; now += 10s) {
      change(sight);
      answer = watch.look(sight, now);
    }
    return answer;
  }
};

}  // namespace

TEST(ProcessWatch, AQuietProcessIsOk) {
  Life life;
  Watch watch{Settings{}};
  const core::Answer answer = life.live(watch, 1h, [](auto&) {});
  EXPECT_EQ(answer.standing, Standing::ok);
  EXPECT_EQ(answer.detail, "pid 4711 (tests-api): 0.00 cores, 100 MiB, 4 threads");
}

TEST(ProcessWatch, StuckIsWhatIsBusyWithoutAPauseForSoLong) {
  Life life;
  Settings settings;
  settings.busy = probes::process::Busy{0.95, 2min};
  Watch watch{settings};
  const auto work = [](os::ProcessSight& sight) { sight.facts.cpu_used += 10s; };
  EXPECT_EQ(life.live(watch, 110s, work).standing, Standing::ok);
  life.live(watch, 10s, [](auto&) {});
  EXPECT_EQ(life.live(watch, 110s, work).standing, Standing::ok) << "it paused";
  EXPECT_EQ(life.live(watch, 30s, work).standing, Standing::not_ok);
}

TEST(ProcessWatch, ALeakIsSeenLongBeforeTheLimit) {
  Life life;
  Settings settings;
  settings.memory_growth = Growth{100 * mebibyte, 1h};
  settings.window = 30min;
  Watch watch{settings};
  const auto leak = [](os::ProcessSight& sight) { sight.facts.resident_bytes += mebibyte; };
  EXPECT_EQ(life.live(watch, 7min, leak).standing, Standing::ok) << "too early to say";
  const core::Answer answer = life.live(watch, 5min, leak);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_NE(answer.detail.find("its memory grows by 360 MiB in 1h, wanted 100 MiB at most"),
            std::string::npos)
      << answer.detail;
}

TEST(ProcessWatch, ACacheThatFillsOnceAndAgainIsNoLeak) {
  Life life;
  Settings settings;
  settings.memory_growth = Growth{100 * mebibyte, 1h};
  Watch watch{settings};
  int looks = 0;
  const auto saw = [&](os::ProcessSight& sight) {
    sight.facts.resident_bytes = (100 + looks++ % 30) * mebibyte;
  };
  EXPECT_EQ(life.live(watch, 2h, saw).standing, Standing::ok);
}

TEST(ProcessWatch, DescriptorsNearTheLimitAreNotOk) {
  Life life;
  Watch watch{Settings{}};
  EXPECT_EQ(life.live(watch, 10s, [](auto& sight) { sight.descriptors = 90; }).standing, Standing::ok);
  EXPECT_EQ(life.live(watch, 10s, [](auto& sight) { sight.descriptors = 91; }).detail,
            "pid 4711 (tests-api) has 91 descriptors open, wanted 90 at most (its limit is 100)");
}

TEST(ProcessWatch, WhatWeMayNotSeeIsUnknownOnlyWhenItWasAskedFor) {
  Life life;
  life.sight.descriptors.reset();
  Watch watch{Settings{}};
  EXPECT_EQ(life.live(watch, 10s, [](auto&) {}).standing, Standing::ok);
  Settings settings;
  settings.descriptor_growth = Growth{10, 1h};
  Watch asking{settings};
  EXPECT_EQ(life.live(asking, 10s, [](auto&) {}).standing, Standing::unknown);
}

TEST(ProcessWatch, ThreadsMayLeakToo) {
  Life life;
  Settings settings;
  settings.thread_growth = Growth{20, 1h};
  settings.window = 10min;
  Watch watch{settings};
  EXPECT_EQ(life.live(watch, 10min, [](auto& sight) { ++sight.facts.threads; }).standing, Standing::not_ok);
  settings.threads = 3;
  Watch counting{settings};
  EXPECT_EQ(life.live(counting, 10s, [](auto&) {}).standing, Standing::not_ok);
}

TEST(ProcessWatch, DeadInAllButNameIsNotOk) {
  Life life;
  Watch watch{Settings{}};
  EXPECT_EQ(life.live(watch, 10s, [](auto& sight) { sight.facts.state = 'Z'; }).standing, Standing::not_ok);
  EXPECT_EQ(life.live(watch, 10s, [](auto& sight) { sight.facts.state = 'T'; }).standing, Standing::not_ok);
  EXPECT_EQ(life.live(watch, 60s, [](auto& sight) { sight.facts.state = 'D'; }).standing, Standing::ok);
  EXPECT_EQ(life.live(watch, 20s, [](auto&) {}).standing, Standing::not_ok);
  const auto reads = [](os::ProcessSight& sight) { sight.facts.cpu_used += 1ms; };
  EXPECT_EQ(life.live(watch, 5min, reads).standing, Standing::ok) << "it reads much, and goes on";
}

TEST(ProcessWatch, ANewProcessOfTheSamePidBeginsAnew) {
  Life life;
  Settings settings;
  settings.memory_growth = Growth{mebibyte, 1h};
  settings.window = 10min;
  Watch watch{settings};
  const auto leak = [](os::ProcessSight& sight) { sight.facts.resident_bytes += mebibyte; };
  EXPECT_EQ(life.live(watch, 10min, leak).standing, Standing::not_ok);
  life.sight.facts.started_after_boot = 1h;
  EXPECT_EQ(life.live(watch, 1min, leak).standing, Standing::ok);
}
