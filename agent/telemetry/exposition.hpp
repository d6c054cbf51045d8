// The two text forms in which Prometheus reads metrics: reading them from strangers, writing them for it.
// The reader is strict and bounded: whatever it is given it ends in time linear to the input, and an answer
// is whole or an error that names the line.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/telemetry/metrics.hpp"

#include <cstdint>
#include <functional>
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

struct ParseLimits {
  std::uint64_t samples = 50'000;  // more: `exhausted`
  std::uint32_t labels = 64;       // on one sample
  std::uint32_t name_bytes = 1024;
  std::uint32_t value_bytes = 16 * 1024;
  std::uint32_t families = 20'000;
};

// `added` labels are stamped on every sample that does not carry one of that name itself.
core::Outcome<FamilySet> parse_exposition(std::string_view text, Format format, const Labels& added,
                                          const ParseLimits& limits = {});

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
