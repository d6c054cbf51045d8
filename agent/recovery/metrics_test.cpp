#include "agent/recovery/metrics.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <cmath>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;

namespace {

double value(prometheus::Registry& registry, const std::string& family, const std::string& label = {}) {
  for (const auto& metrics : registry.Collect()) {
    if (metrics.name != family) continue;
    for (const auto& metric : metrics.metric) {
      for (const auto& pair : metric.label) {
        if (label.empty() || pair.value == label)
          return metrics.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
      }
    }
  }
  ADD_FAILURE() << "no " << family << " " << label;
  return 0;
}

}  // namespace

TEST(RecoveryMetrics, WhatIsUnknownIsNotANumberAndNeverZero) {
  prometheus::Registry registry;
  RecoveryMetrics metrics(registry, "main");
  for (const bool shown : {false, true}) {
    if (shown) metrics.show(Snapshot{});
    for (const char* const family :
         {"outrider_recovery_rpo_seconds", "outrider_recovery_rto_forecast_seconds",
          "outrider_recovery_level", "outrider_recovery_last_proof_timestamp_seconds",
          "outrider_recovery_archive_gaps", "outrider_recovery_archive_broken_segments",
          "outrider_recovery_archiver_ready_files", "outrider_recovery_archiver_stalled",
          "outrider_recovery_archive_disagrees", "outrider_recovery_wal_bytes_per_second",
          "outrider_recovery_slot_retained_bytes", "outrider_recovery_last_backup_timestamp_seconds"})
      EXPECT_TRUE(std::isnan(value(registry, family))) << family;
  }
}

TEST(RecoveryMetrics, ShowTheSnapshot) {
  prometheus::Registry registry;
  RecoveryMetrics metrics(registry, "main");
  Snapshot snapshot;
  snapshot.exposure.inferred.rpo = 41s;
  snapshot.exposure.claimed.rpo = 3s;
  snapshot.exposure.level = Level::checked;
  snapshot.exposure.faults = {{"archive.disagrees:x", Severity::critical, "", "", {}}};
  snapshot.judgements = {{"archiver.stalled", Severity::critical, "", "", {}},
                         {"slot.retains:a", Severity::warning, "", "", {}}};
  snapshot.evidence = healthy(0s, wal::Lsn{0x5000100});
  SlotView slot;
  slot.active = false;
  slot.retained_bytes = 77;
  snapshot.evidence->slots->push_back(slot);
  metrics.show(snapshot);
  EXPECT_EQ(value(registry, "outrider_recovery_rpo_seconds", "inferred"), 41);
  EXPECT_EQ(value(registry, "outrider_recovery_rpo_seconds", "claimed"), 3);
  EXPECT_TRUE(std::isnan(value(registry, "outrider_recovery_rpo_seconds", "proven")));
  EXPECT_EQ(value(registry, "outrider_recovery_level"), 2);
  EXPECT_EQ(value(registry, "outrider_recovery_archiver_stalled"), 1);
  EXPECT_EQ(value(registry, "outrider_recovery_archive_disagrees"), 1);
  EXPECT_EQ(value(registry, "outrider_recovery_findings", "critical"), 2);
  EXPECT_EQ(value(registry, "outrider_recovery_findings", "warning"), 1);
  EXPECT_EQ(value(registry, "outrider_recovery_slot_retained_bytes"), 77);
  metrics.drilled(proof(noon, "F"));
  EXPECT_EQ(value(registry, "outrider_recovery_drills_total", "proven"), 1);
  EXPECT_EQ(value(registry, "outrider_recovery_drill_phase_seconds", "replay"), 30);
}

TEST(RecoveryMetrics, GoWhenTheirClusterGoes) {
  prometheus::Registry registry;
  {
    const RecoveryMetrics metrics(registry, "main");
  }
  for (const auto& family : registry.Collect()) EXPECT_TRUE(family.metric.empty()) << family.name;
}
