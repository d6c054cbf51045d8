#include "agent/incident/desk/metrics.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

namespace outrider::incident {
namespace {

prometheus::Gauge* gauge(prometheus::Registry& registry, const std::string& name, const std::string& help,
                         const std::string& service) {
  return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({{"service", service}});
}

void raise(prometheus::Counter& counter, std::uint64_t to) {
  counter.Increment(std::max(0.0, static_cast<double>(to) - counter.Value()));
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry, const std::string& service)
    : open_(gauge(registry, "outrider_incident_open", "1 while an incident of the service is open", service)),
      kept_(gauge(registry, "outrider_incident_kept", "Incidents that are kept on the disk", service)),
      last_opened_(gauge(registry, "outrider_incident_last_opened_timestamp_seconds",
                         "When the newest incident was opened; 0: none was since the agent started",
                         service)) {
  auto& opened = prometheus::BuildCounter()
                     .Name("outrider_incidents_total")
                     .Help("Incidents that were opened, by kind")
                     .Register(registry);
  for (std::size_t i = 0; i < opened_.size(); ++i)
    opened_[i] = &opened.Add({{"service", service}, {"kind", std::string(name_of(static_cast<Kind>(i)))}});
  not_saved_ = &prometheus::BuildCounter()
                    .Name("outrider_incident_save_failures_total")
                    .Help("Times an incident could not be written to the disk")
                    .Register(registry)
                    .Add({{"service", service}});
  auto& recorded = prometheus::BuildCounter()
                       .Name("outrider_recorder_entries_total")
                       .Help("What the flight recorder has taken, by what it is")
                       .Register(registry);
  lines_ = &recorded.Add({{"service", service}, {"what", "line"}});
  facts_ = &recorded.Add({{"service", service}, {"what", "fact"}});
  cut_ = &prometheus::BuildCounter()
              .Name("outrider_recorder_cut_total")
              .Help("Entries of which only the beginning is in the flight recorder")
              .Register(registry)
              .Add({{"service", service}});
}

void Metrics::opened(Kind kind, core::WallTime when) {
  opened_[static_cast<std::size_t>(kind)]->Increment();
  last_opened_->Set(core::to_seconds(when.time_since_epoch()));
}

void Metrics::show(const Recorder::Counts& counts) {
  raise(*lines_, counts.lines);
  raise(*facts_, counts.facts);
  raise(*cut_, counts.cut);
}

}  // namespace outrider::incident
