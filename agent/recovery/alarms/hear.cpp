#include "agent/recovery/alarms/hear.hpp"

#include "agent/recovery/exposure/paths.hpp"
#include "agent/recovery/gate/assemble.hpp"
#include "agent/recovery/metrics.hpp"
#include "agent/recovery/watch/catalog_watch.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

namespace outrider::recovery {
namespace {

using core::Task;

// Time that has gone by for the judges only.
class LaterClock final : public core::Clock {
 public:
  LaterClock(core::Clock& clock, core::Duration later) : clock_(clock), later_(later) {}
  core::Instant now() const override { return clock_.now(); }
  core::WallTime wall() const override { return clock_.wall() + later_; }
  Task<void> sleep_until(core::Instant when) override { co_await clock_.sleep_until(when); }
  std::unique_ptr<core::DueCall> call_at(async::Executor river, core::Instant when,
                                         std::function<void()> what) override {
    return clock_.call_at(std::move(river), when, std::move(what));
  }

 private:
  core::Clock& clock_;
  core::Duration later_;
};

double value_of(const std::vector<prometheus::MetricFamily>& families, std::string_view series,
                std::string_view label, std::string_view value) {
  for (const auto& family : families) {
    if (family.name != series) continue;
    for (const auto& metric : family.metric) {
      bool meant = label.empty();
      for (const auto& one : metric.label) meant = meant || (one.name == label && one.value == value);
      if (!meant) continue;
      return family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
    }
  }
  return Heard::not_known;
}

double over_limit(const std::vector<prometheus::MetricFamily>& families, const AlarmRule& rule) {
  const double limit = rule.limit.empty() ? 0 : value_of(families, rule.limit, "", "");
  return value_of(families, rule.series, rule.label, rule.value) - limit;
}

Heard heard_of(const Snapshot& snapshot) {
  Heard heard;
  heard.judgements = snapshot.judgements;
  const auto& faults = snapshot.exposure.faults;
  heard.judgements.insert(heard.judgements.end(), faults.begin(), faults.end());
  prometheus::Registry registry;
  RecoveryMetrics metrics(registry, snapshot.cluster);
  metrics.show(snapshot);
  const auto families = registry.Collect();
  for (const AlarmRule& rule : alarm_rules())
    heard.over[static_cast<std::size_t>(rule.alarm)] = over_limit(families, rule);
  return heard;
}

ExposureView view_of(const Scene& scene, core::WallTime now) {
  ExposureView view;
  view.evidence = scene.evidence ? &*scene.evidence : nullptr;
  view.track = &scene.track;
  view.drills = &scene.drills;
  view.canaries = &scene.canaries;
  view.objectives = scene.objectives;
  view.now = now;
  return view;
}

}  // namespace

Task<core::Outcome<Heard>> hear(HearTools tools, Scene& scene) {
  LaterClock clock(tools.clock, scene.later);
  Feigned fault = scene.fault;
  fault.listing = scene.listing;
  // Only the segment in which the fault is need be read; it is the newest.
  const std::uint64_t budget = fault.damaged.empty() ? 0 : 1;
  VerifierTools verifier{clock, tools.pool, tools.files};
  CatalogWatch watch(verifier, tools.log, std::make_unique<FeignedCatalog>(tools.catalog, std::move(fault)),
                     tools.memory_file, budget);
  const Evidence* const evidence = scene.evidence ? &*scene.evidence : nullptr;
  const ExposureView before = view_of(scene, clock.wall());
  const auto claimed = claimed_at(before, before.now - scene.settles_within);
  co_await watch.turn(evidence, claimed);
  auto forget = [&] { (void)tools.files.remove(tools.memory_file); };
  co_await async::offload(tools.pool, forget);
  if (!watch.listing() || !watch.view().trouble.empty())
    co_return core::fail(core::Errc::unavailable, "the archive cannot be read: " + watch.view().trouble);
  if (!scene.listing) {
    scene.listing = watch.listing();
    scene.chain = watch.chain();
  }
  Sources sources;
  sources.cluster = tools.cluster;
  sources.exposure = view_of(scene, clock.wall());
  sources.catalogs.push_back(watch.source());
  if (evidence != nullptr) sources.server = judge(JudgeView{*evidence, scene.track, scene.policy});
  const Snapshot snapshot = assemble(std::move(sources));
  co_return heard_of(snapshot);
}

double over_after(const DrillRecord& record, Alarm alarm) {
  prometheus::Registry registry;
  RecoveryMetrics metrics(registry, "");
  metrics.drilled(record);
  return over_limit(registry.Collect(), rule_of(alarm));
}

}  // namespace outrider::recovery
