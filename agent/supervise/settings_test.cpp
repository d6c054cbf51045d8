#include "agent/supervise/settings.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

namespace {

config::Loaded<Settings> load(const std::string& text) {
  actuators::Shelf shelf;
  actuators::fill(shelf);
  leases::Shelf leases;
  leases::fill(leases);
  return config::load_text("test.yaml", text, restart_kind(shelf, leases), {});
}

}  // namespace

TEST(Settings, ReadsEveryKeyAndKeepsHonestDefaults) {
  const auto least = load("child: [/bin/true]\n");
  ASSERT_TRUE(least);
  EXPECT_EQ(least.value->actuator, "child");
  EXPECT_EQ(least.value->budget, (config::Budget{5, 1h}));
  EXPECT_EQ(least.value->when_it_ends, WhenItEnds::restart);

  const auto all = load(
      "child: [/bin/true, -x]\nenvironment: {MODE: demo}\ndirectory: /srv\nbudget: 3 per 10m\n"
      "backoff: {first: 2s, most: 1m}\nstable_after: 30s\nstop_timeout: 5s\nwhen_it_ends: exit\ndry_run: "
      "true\n");
  ASSERT_TRUE(all);
  EXPECT_EQ(all.value->surroundings().environment[0].first, "MODE");
  EXPECT_EQ(all.value->budget, (config::Budget{3, 10min}));
  EXPECT_EQ(all.value->backoff.first, 2s);
  EXPECT_EQ(all.value->when_it_ends, WhenItEnds::exit);
  EXPECT_TRUE(all.value->dry_run);
}

TEST(Settings, RefuseWhatCannotBeMeant) {
  EXPECT_FALSE(load("budget: 3 per 10m\n")) << "nothing to start";
  EXPECT_FALSE(load("child: []\n"));
  EXPECT_FALSE(load("child: [/bin/true]\nbackoff: {first: 10m, most: 1m}\n"));
  EXPECT_FALSE(load("child: [/bin/true]\nwhen_it_ends: sometimes\n"));
  EXPECT_FALSE(load("child: [/bin/true]\ndirectory: here\n"));
}
