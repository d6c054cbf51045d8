#include "agent/app/carry/pulse.hpp"

#include "agent/core/seconds.hpp"

#include <chrono>

namespace outrider::app {
namespace {

prometheus::Gauge& lag_gauge(prometheus::Registry& registry, const std::string& river) {
  return prometheus::BuildGauge()
      .Name("outrider_river_lag_seconds")
      .Help("How late the river's last tick came.")
      .Register(registry)
      .Add({{"river", river}});
}

prometheus::Counter& turn_counter(prometheus::Registry& registry, const std::string& river) {
  return prometheus::BuildCounter()
      .Name("outrider_river_turns_total")
      .Help("Ticks of the river, one a second while it turns.")
      .Register(registry)
      .Add({{"river", river}});
}

}  // namespace

Pulse::Pulse(core::Clock& clock, std::string river, prometheus::Registry& registry)
    : clock_(clock),
      river_(std::move(river)),
      lag_seconds_(lag_gauge(registry, river_)),
      turns_(turn_counter(registry, river_)),
      ticked_ns_(clock.now().time_since_epoch().count()) {}

core::Task<void> Pulse::run() {
  for (;;) {
    const core::Instant due = core::second_after(clock_.now());
    co_await clock_.sleep_until(due);
    const core::Instant now = clock_.now();
    lag_ns_ = (now - due).count();
    ticked_ns_ = now.time_since_epoch().count();
    lag_seconds_.Set(core::to_seconds(now - due));
    turns_.Increment();
  }
}

core::RiverStatus Pulse::status() const {
  const core::Instant ticked{core::Duration(ticked_ns_)};
  return {.name = river_, .lag = core::Duration(lag_ns_), .turning = clock_.now() - ticked < patience};
}

}  // namespace outrider::app
