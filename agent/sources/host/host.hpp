// The machine's own metrics, as node_exporter shows them. Read when the metrics page is asked for.
#pragma once

#include "agent/sources/host/collectors/collectors.hpp"
#include "agent/sources/host/mounts.hpp"
#include "agent/sources/shelf.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::sources::host {

inline constexpr std::string_view filesystem = "filesystem";

struct Settings {
  Roots roots;
  core::Duration every = std::chrono::seconds(15);
  core::Duration timeout = std::chrono::seconds(2);
  std::vector<std::string> collectors;  // empty: all
  telemetry::Labels labels;
};

// Of all collectors, file systems among them.
std::vector<std::string_view> collector_names();

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings, AskMount ask = os::fullness_of);

}  // namespace outrider::sources::host
