// A line of StatsD, or of DogStatsD: "name:1:2|c|@0.1|#tag:value". Pure.
#pragma once

#include "agent/telemetry/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace outrider::sources::statsd {

enum class Kind : std::uint8_t { counter, gauge, timer, histogram, set };

struct Line {
  std::string name;  // as Prometheus may have it
  Kind kind = Kind::counter;
  bool is_relative = false;    // of a gauge: each value is added
  std::vector<double> values;  // of all but sets; a timer's are seconds
  std::string_view member;     // of a set
  double weight = 1;           // how many each value stands for, at the rate with which they were sampled
  telemetry::Labels labels;    // by name, none twice
};

// What is wrong with a line.
enum class Fault : std::uint8_t {
  syntax,
  value,        // no number, or a counter that goes down
  kind,         // of a type that nobody knows
  too_long,     // name and tags together, or too many tags
  unsupported,  // an event or a service check
};

tl::expected<Line, Fault> read_line(std::string_view text);

}  // namespace outrider::sources::statsd
