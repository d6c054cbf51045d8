// What the service writes: too many lines of a kind within a while, or too few.
#pragma once

#include "agent/probes/shelf.hpp"
#include "agent/telemetry/record.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace outrider::probes::log {

struct Settings {
  std::string match{};  // a regular expression; empty: every text
  std::string field = "message";
  telemetry::Severity level = telemetry::Severity::unspecified;  // this or worse; unspecified: any
  std::optional<std::uint64_t> most{};
  std::optional<std::uint64_t> least{};
  core::Duration within = std::chrono::minutes(1);
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::log
