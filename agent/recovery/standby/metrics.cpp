#include "agent/recovery/standby/metrics.hpp"

#include "agent/core/seconds.hpp"

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <prometheus/gauge.h>

namespace outrider::recovery {
namespace {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

double unix_of(const std::optional<core::WallTime>& when) {
  return when ? core::to_seconds(when->time_since_epoch()) : not_known;
}

}  // namespace

class StandbyMetrics::Series {
 public:
  Series(prometheus::Registry& registry, std::string cluster)
      : registry_(registry), cluster_(std::move(cluster)) {
    auto& state =
        family("outrider_recovery_standby_state", "1 for the state that the proof standby is in, else 0");
    for (const StandbyState one : standby_states)
      states.push_back(gauge(state, {{"state", std::string(name_of(one))}}));
    lag = gauge(family("outrider_recovery_standby_lag_seconds",
                       "What would be lost now of what the proof standby has replayed"));
    replayed = gauge(family("outrider_recovery_standby_replayed_lsn_bytes",
                            "How far the proof standby has replayed, as a place in the WAL"));
    behind = gauge(family("outrider_recovery_standby_segments_behind",
                          "Segments that the archive lists and the proof standby has not got"));
    rate = gauge(family("outrider_recovery_standby_replay_bytes_per_second",
                        "How fast the proof standby replays while it has something to replay"));
    proof = gauge(family("outrider_recovery_standby_proof_timestamp_seconds",
                         "When the proof standby was last seen to advance, or to have all there is"));
    restores = gauge(family("outrider_recovery_standby_restores",
                            "How often the proof standby was restored since outrider began"));
  }
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;
  ~Series() {
    for (const auto& [family, gauge] : gauges_) family->Remove(gauge);
  }

  std::vector<prometheus::Gauge*> states;
  prometheus::Gauge *lag = nullptr, *replayed = nullptr, *behind = nullptr, *rate = nullptr, *proof = nullptr,
                    *restores = nullptr;

 private:
  prometheus::Family<prometheus::Gauge>& family(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }
  prometheus::Gauge* gauge(prometheus::Family<prometheus::Gauge>& family, prometheus::Labels labels = {}) {
    labels["cluster"] = cluster_;
    prometheus::Gauge& series = family.Add(labels, not_known);
    gauges_.emplace_back(&family, &series);
    return &series;
  }

  prometheus::Registry& registry_;
  std::string cluster_;
  std::vector<std::pair<prometheus::Family<prometheus::Gauge>*, prometheus::Gauge*>> gauges_;
};

StandbyMetrics::StandbyMetrics(prometheus::Registry& registry, std::string cluster)
    : registry_(registry), cluster_(std::move(cluster)) {}

StandbyMetrics::~StandbyMetrics() = default;

void StandbyMetrics::show(const std::optional<StandbyStatus>& status, std::optional<core::Duration> loss) {
  if (!status) {
    series_.reset();
    return;
  }
  if (!series_) series_ = std::make_unique<Series>(registry_, cluster_);
  for (std::size_t i = 0; i < standby_states.size(); ++i)
    series_->states[i]->Set(standby_states[i] == status->state ? 1 : 0);
  series_->lag->Set(loss ? core::to_seconds(*loss) : not_known);
  series_->replayed->Set(status->replayed ? static_cast<double>(status->replayed->value) : not_known);
  series_->behind->Set(status->replayed ? static_cast<double>(status->behind) : not_known);
  series_->rate->Set(status->bytes_per_second.value_or(not_known));
  series_->proof->Set(unix_of(status->proven_at));
  series_->restores->Set(static_cast<double>(status->restores));
}

}  // namespace outrider::recovery
