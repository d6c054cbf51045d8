#include "agent/sources/meters.hpp"

#include "agent/core/seconds.hpp"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::sources {
namespace {

constexpr std::array<const char*, 5> trouble_names{"unreachable", "timeout", "status", "parse",
                                                   "sample_limit"};

::prometheus::Gauge& gauge(::prometheus::Registry& registry, const char* name, const char* help,
                           const std::string& target) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({{"target", target}});
}

}  // namespace

Meters::Meters(::prometheus::Registry& registry, const std::string& target)
    : up_(gauge(registry, "outrider_scrape_up", "Whether the last scrape of the target succeeded.", target)),
      duration_(gauge(registry, "outrider_scrape_duration_seconds",
                      "How long the last scrape of the target took.", target)),
      samples_(gauge(registry, "outrider_scrape_samples",
                     "How many samples the target's last scrape brought.", target)) {
  auto& family = ::prometheus::BuildCounter()
                     .Name("outrider_scrape_errors_total")
                     .Help("Scrapes, families or series of the target that could not be used, by reason.")
                     .Register(registry);
  for (std::size_t i = 0; i < trouble_names.size(); ++i) {
    errors_[i] = &family.Add({{"target", target}, {"reason", trouble_names[i]}});
  }
  duplicates_ = &family.Add({{"target", target}, {"reason", "duplicate_series"}});
  family.Add({{"target", target}, {"reason", "type_conflict"}});
}

void Meters::show(bool up, std::uint64_t samples, core::Duration took) {
  up_.Set(up ? 1 : 0);
  samples_.Set(static_cast<double>(samples));
  duration_.Set(core::to_seconds(took));
}

void Meters::count(Trouble trouble) { errors_[static_cast<std::size_t>(trouble)]->Increment(); }

void Meters::count_duplicates(std::uint64_t samples) {
  if (samples > 0) duplicates_->Increment(static_cast<double>(samples));
}

telemetry::Labels stamped(telemetry::Labels labels, const core::Resource& resource) {
  const auto stamp = [&labels](const char* name, const std::string& value) {
    const bool is_there =
        std::ranges::any_of(labels, [name](const telemetry::Label& label) { return label.name == name; });
    if (!is_there && !value.empty()) labels.push_back({name, value});
  };
  stamp("service", resource.service);
  stamp("namespace", resource.namespace_);
  stamp("environment", resource.environment);
  return labels;
}

}  // namespace outrider::sources
