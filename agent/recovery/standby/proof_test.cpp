// What the proof standby adds: the figure, whose proof counts, and what the gate makes of both.
#include "agent/recovery/standby/proof.hpp"

#include "agent/recovery/exposure/testing.hpp"
#include "agent/recovery/gate/assemble.hpp"
#include "agent/recovery/gate/gate.hpp"
#include "agent/recovery/metrics.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using wal::Lsn;

namespace {

struct Site {
  World world;
  StandbyStatus standby;

  Site() {
    world.look(healthy(0s, Lsn{0x5000100}));
    world.look(healthy(10s, Lsn{0x5000200}));
    world.list();
    world.drills = {proof(world.now - 12h, "20261121-060000F")};
    world.canaries = {{7, world.now - 90s, Lsn{0x4000100}, 11}, {8, world.now - 20s, Lsn{0x5000150}, 12}};
    standby.state = StandbyState::following;
    standby.sentence = "it has all that the archive lists";
    standby.catalog = catalog_name;
    standby.set = "20261121-060000F";
    standby.system_id = ours;
    standby.replayed = standby.proven_to = Lsn{0x5000000};
    standby.proven_at = world.now - 3s;
    standby.canary = 7;
    standby.canary_time = world.now - 90s;
  }
  ExposureView view() {
    ExposureView view = world.view();
    view.standby = &standby;
    return view;
  }
  Exposure exposure() { return expose(view()); }
  int gate(std::string_view require) {
    Sources sources;
    sources.cluster = "main";
    sources.exposure = view();
    CatalogSource catalog;
    catalog.view = sources.exposure.catalogs[0];
    sources.catalogs.push_back(catalog);
    const Snapshot snapshot = assemble(sources);
    GateView asked;
    asked.snapshot = &snapshot;
    asked.check = Check::rpo;
    asked.requirement = *parse_requirement(require);
    asked.now = snapshot.taken;
    return pass_gate(asked).code;
  }
};

bool holds(const Judgements& faults, std::string_view id, Severity severity) {
  return std::any_of(faults.begin(), faults.end(), [&](const Judgement& one) {
    return one.id.starts_with(id) && one.severity == severity;
  });
}

}  // namespace

TEST(Continuous, TheLossIsMeasuredByTheNewestCanaryThatCanBeReadInIt) {
  Site site;
  const Exposure exposure = site.exposure();
  EXPECT_EQ(exposure.continuous.rpo, 90s);
  EXPECT_EQ(exposure.continuous.level, Level::replayed);
  EXPECT_EQ(exposure.proven.as_of, site.standby.proven_at) << "it is the younger proof";
  EXPECT_EQ(exposure.proven.rpo, 90s);
  EXPECT_EQ(exposure.drilled.level, Level::asserted) << "the drill's stands beside it";
  EXPECT_EQ(exposure.drilled.rpo, 12s);
  EXPECT_NE(exposure.sentence.find("last proven 3 s ago to 0/5000000 (L3)"), std::string::npos)
      << exposure.sentence;
  EXPECT_FALSE(holds(exposure.faults, "proof.", Severity::unknown));
}

TEST(Continuous, TheGateAsksOneProofForLevelAndAge) {
  Site site;
  EXPECT_EQ(site.gate("level>=L3 age<10m"), 0);
  EXPECT_EQ(site.gate("level>=L4 age<26h"), 0) << "the drill's";
  EXPECT_EQ(site.gate("level>=L4 age<10m"), 2) << "the drill is old, and the standby asserts nothing";
  site.standby.proven_at = site.world.now - 20min;
  EXPECT_EQ(site.gate("level>=L3 age<10m"), 2);
}

TEST(Continuous, FadesWhenItStopsAdvancing) {
  Site site;
  site.standby.proven_at = site.world.now - 20min;
  Exposure exposure = site.exposure();
  EXPECT_EQ(exposure.continuous.fade, Fade::fading);
  EXPECT_TRUE(holds(exposure.faults, "proof.standby", Severity::unknown))
      << "it says that it follows, and stands";
  site.standby.proven_at = site.world.now - 3h;
  exposure = site.exposure();
  EXPECT_EQ(exposure.continuous.fade, Fade::stale);
  EXPECT_EQ(exposure.proven.level, Level::asserted) << "a drill of half a day ago is worth more";
  EXPECT_EQ(site.gate("level>=L3 age<26h"), 0);
}

TEST(Continuous, WhatItCannotReplayIsCriticalAndWhatItCannotTellIsUnknown) {
  Site site;
  site.standby.state = StandbyState::broken;
  site.standby.sentence = "it asks in vain for segment 000000010000000000000005";
  EXPECT_TRUE(holds(site.exposure().faults, "archive.unreplayable", Severity::critical));
  site.standby.state = StandbyState::blind;
  EXPECT_TRUE(holds(site.exposure().faults, "proof.standby", Severity::unknown));
  EXPECT_FALSE(holds(site.exposure().faults, "archive.unreplayable", Severity::critical));
  site.standby.state = StandbyState::restoring;
  site.standby.proven_at.reset();
  const Exposure exposure = site.exposure();
  EXPECT_FALSE(holds(exposure.faults, "proof.standby", Severity::unknown));
  EXPECT_FALSE(exposure.continuous.as_of);
  EXPECT_EQ(exposure.proven.level, Level::asserted);
}

TEST(Continuous, AStandbyOfAnotherClusterProvesNothing) {
  Site site;
  site.standby.system_id = ours + 1;
  EXPECT_FALSE(site.exposure().continuous.as_of);
  EXPECT_FALSE(site.exposure().continuous.rpo);
}

TEST(Continuous, ItsSeriesComeAndGoWithIt) {
  Site site;
  prometheus::Registry registry;
  RecoveryMetrics metrics(registry, "main");
  const auto count = [&registry] {
    std::size_t series = 0;
    for (const auto& family : registry.Collect())
      if (family.name.starts_with("outrider_recovery_standby_")) series += family.metric.size();
    return series;
  };
  Snapshot snapshot;
  metrics.show(snapshot);
  EXPECT_EQ(count(), 0u);
  snapshot.standby = site.standby;
  snapshot.exposure = site.exposure();
  metrics.show(snapshot);
  EXPECT_EQ(count(), standby_states.size() + 6);
  for (const auto& family : registry.Collect()) {
    if (family.name == "outrider_recovery_standby_lag_seconds") {
      EXPECT_EQ(family.metric[0].gauge.value, 90);
    }
    if (family.name != "outrider_recovery_standby_state") continue;
    for (const auto& metric : family.metric) {
      const bool is_in_it = std::any_of(metric.label.begin(), metric.label.end(),
                                        [](const auto& label) { return label.value == "following"; });
      EXPECT_EQ(metric.gauge.value, is_in_it ? 1 : 0);
    }
  }
  snapshot.standby.reset();
  metrics.show(snapshot);
  EXPECT_EQ(count(), 0u);
}
