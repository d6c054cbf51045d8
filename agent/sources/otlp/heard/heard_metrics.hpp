// Metrics over OTLP, as series of our page: what was said last, and what deltas add up to.
#pragma once

#include "agent/sources/heard.hpp"
#include "agent/sources/otlp/series/series_table.hpp"

#include <memory>

namespace outrider::sources::otlp {

struct HeardSettings {
  SeriesBounds bounds;
  telemetry::Labels labels;
};

std::unique_ptr<HeardMetrics> make_heard_metrics(const Tools& tools, HeardSettings settings);

}  // namespace outrider::sources::otlp
