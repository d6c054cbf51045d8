// The two text forms in which Prometheus reads metrics, and how they are written. Reading them from targets
// is sources/scrape/reading/exposition.hpp.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace outrider::telemetry {

enum class Format { text, open_metrics };

std::string_view content_type(Format format);
std::string_view name_of(Format format);  // "text", "openmetrics"

// By the Content-Type of a target's answer.
Format format_of(std::string_view content_type);

// What a registry collected, in our model.
FamilySet from_registry(const std::vector<::prometheus::MetricFamily>& collected, const Labels& added);

struct Written {
  std::uint64_t series = 0;
  // For each set: families left out since another of that name is of another type, and samples left out since
  // their series is there already.
  std::vector<std::uint64_t> conflicts;
  std::vector<std::uint64_t> duplicates;
};

// All of the sets as one exposition: each family once. Where sets disagree the earlier wins.
Written write_exposition(const std::vector<const FamilySet*>& sets, Format format, std::string& out);

// Shortest text that reads back as the same number; NaN, +Inf, -Inf. `canonical` always has a point or an
// exponent, as OpenMetrics asks of `le` and `quantile`.
void append_number(std::string& out, double value);
void append_canonical(std::string& out, double value);

std::string gzip(std::string_view bytes);

}  // namespace outrider::telemetry
