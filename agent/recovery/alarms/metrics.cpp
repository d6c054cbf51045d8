#include "agent/recovery/alarms/metrics.hpp"

#include "agent/core/seconds.hpp"

#include <utility>

namespace outrider::recovery {
namespace {

prometheus::Family<prometheus::Gauge>& family(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

double value_of(Finding finding) {
  return finding == Finding::could_not_verify ? Heard::not_known : finding == Finding::proven ? 1 : 0;
}

}  // namespace

AlarmMetrics::AlarmMetrics(prometheus::Registry& registry, std::string cluster)
    : cluster_(std::move(cluster)),
      proven_family_(family(registry, "outrider_recovery_alarm_drill_proven",
                            "1 when the last drill of this alarm heard it, 0 when it was deaf")),
      time_family_(family(registry, "outrider_recovery_alarm_drill_timestamp_seconds",
                          "When this alarm was last drilled")),
      drill_family_(family(registry, "outrider_recovery_alarm_drill",
                           "1 while an alarm drill is under way: what its own alert fires on")) {
  idle_ = &drill_family_.Add({{"cluster", cluster_}, {"drill", "none"}}, 0);
  for (const AlarmRule& rule : alarm_rules()) {
    const prometheus::Labels labels{{"cluster", cluster_}, {"alarm", std::string(rule.name)}};
    const auto index = static_cast<std::size_t>(rule.alarm);
    proven_[index] = &proven_family_.Add(labels, Heard::not_known);
    time_[index] = &time_family_.Add(labels, Heard::not_known);
  }
}

AlarmMetrics::~AlarmMetrics() {
  drilling({});
  drill_family_.Remove(idle_);
  for (prometheus::Gauge* const one : proven_) proven_family_.Remove(one);
  for (prometheus::Gauge* const one : time_) time_family_.Remove(one);
}

void AlarmMetrics::show(const AlarmRecord& record) {
  for (const AlarmFinding& one : record.alarms) {
    const auto index = static_cast<std::size_t>(one.alarm);
    proven_[index]->Set(value_of(one.finding));
    time_[index]->Set(core::to_seconds(record.ended.time_since_epoch()));
  }
}

void AlarmMetrics::drilling(const std::string& id) {
  if (drill_ != nullptr) drill_family_.Remove(drill_);
  drill_ = nullptr;
  if (!id.empty()) drill_ = &drill_family_.Add({{"cluster", cluster_}, {"drill", id}}, 1);
}

}  // namespace outrider::recovery
