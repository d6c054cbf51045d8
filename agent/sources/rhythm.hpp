// How a source that looks at the kernel, and has no keys of its own, is written: `true`, or when it looks.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/metrics.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace outrider::sources {

struct Rhythm {
  core::Duration every = std::chrono::seconds(15);
  core::Duration timeout = std::chrono::seconds(2);
  telemetry::Labels labels;
};

using RhythmMaker = std::function<std::unique_ptr<MetricSource>(const Tools& tools, Rhythm rhythm)>;

// `key` and `help` are as lasting as those of any entry.
MetricEntry entry_with_rhythm(std::string_view key, std::string_view help, RhythmMaker make);

}  // namespace outrider::sources
