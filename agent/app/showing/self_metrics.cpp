#include "agent/app/showing/self_metrics.hpp"

#include "agent/core/seconds.hpp"

#include <chrono>

namespace outrider::app {
namespace {

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

SelfMetrics::SelfMetrics(prometheus::Registry& registry, const std::string& version)
    : cpu_seconds_(prometheus::BuildCounter()
                       .Name("outrider_process_cpu_seconds_total")
                       .Help("Processor time the agent itself has used.")
                       .Register(registry)
                       .Add({})),
      resident_bytes_(
          gauge(registry, "outrider_process_resident_memory_bytes", "Memory the agent itself holds.")),
      open_descriptors_(
          gauge(registry, "outrider_process_open_descriptors", "Descriptors the agent has open.")),
      last_reload_successful_(gauge(registry, "outrider_config_last_reload_successful",
                                    "1 when the configuration in use is the one last offered, else 0.")),
      last_reload_time_(gauge(registry, "outrider_config_last_reload_timestamp_seconds",
                              "When a configuration was last applied.")) {
  prometheus::BuildGauge()
      .Name("outrider_build_info")
      .Help("Always 1; the version is in the label.")
      .Register(registry)
      .Add({{"version", version}})
      .Set(1);
  auto& reloads = prometheus::BuildCounter()
                      .Name("outrider_config_reloads_total")
                      .Help("Reloads of the configuration, by what became of them.")
                      .Register(registry);
  applied_ = &reloads.Add({{"result", "applied"}});
  refused_ = &reloads.Add({{"result", "refused"}});
  last_reload_successful_.Set(1);
}

void SelfMetrics::show(const core::AgentStatus& self) {
  const double used_since = self.cpu_seconds - cpu_seconds_.Value();
  if (used_since > 0) cpu_seconds_.Increment(used_since);
  resident_bytes_.Set(static_cast<double>(self.resident_bytes));
  open_descriptors_.Set(static_cast<double>(self.open_descriptors));
}

void SelfMetrics::reloaded(bool applied, core::WallTime when) {
  (applied ? applied_ : refused_)->Increment();
  last_reload_successful_.Set(applied ? 1 : 0);
  if (applied) last_reload_time_.Set(core::to_seconds(when.time_since_epoch()));
}

}  // namespace outrider::app
