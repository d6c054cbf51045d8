// Scrapes one Prometheus target on a beat of its own and puts what it brought on the Board. A target that is
// down, late, too large or not understood shows nothing: no stale series are kept.
#pragma once

#include "agent/sources/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace outrider::sources::scrape {

struct Target {
  std::string url;
  core::Duration every = std::chrono::seconds(15);
  core::Duration timeout = std::chrono::seconds(5);
  std::uint64_t sample_limit = 50'000;
  telemetry::Labels labels;
};

std::unique_ptr<MetricSource> make(const Tools& tools, Target target);

}  // namespace outrider::sources::scrape
