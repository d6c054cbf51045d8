// How often each operation of each service was called, how often it failed and how long it took: counted of
// all spans, also of those that are let go. Bounded: operations beyond the bound are counted as `other`. Each
// bucket of time has for its example the last span of a kept trace, so that no example leads nowhere.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/otlp/span_view.hpp"
#include "agent/telemetry/writing/family_writer.hpp"
#include "agent/tracing/durations.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace outrider::tracing {

struct FigureSettings {
  Bounds buckets = usual_buckets();       // ascending
  std::vector<std::string> attributes{};  // of a span, or of what it ran in: more labels
  std::size_t most_series = 2000;

  static Bounds usual_buckets();
};

class SpanFigures {
 public:
  explicit SpanFigures(FigureSettings settings);

  // Each span of a request once.
  void count(std::string_view request);
  // They are of traces that are kept.
  void exemplify(std::string_view request, core::WallTime now);

  telemetry::FamilySet families() const;
  std::uint64_t folded() const { return folded_; }  // spans that were counted as `other`

  // Each series that there is; more come, and none goes.
  struct Seen {
    std::string_view service, name, kind;  // as the labels have them
    bool failed;
    std::uint64_t calls;
    const Durations& durations;
  };
  std::size_t size() const { return series_.size(); }
  Seen seen(std::size_t at) const;
  const Bounds& bounds() const { return settings_.buckets; }

 private:
  struct Example {
    std::string trace_id, span_id;
    std::uint64_t took_ns = 0;
    core::WallTime when{};
    std::string text() const;  // as OpenMetrics has it; empty when there is none
  };
  struct Series {
    std::vector<std::string> labels;  // service, span, kind, status, and the attributes
    Durations durations;
    std::vector<Example> examples;  // empty, or one a class
    std::uint64_t calls = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };

  Series* find(std::string_view resource, const telemetry::otlp::SpanView& span, bool may_add);
  void read_labels(std::string_view resource, const telemetry::otlp::SpanView& span);
  void join_labels();
  Series& add();
  FigureSettings settings_;
  std::vector<Series> series_;
  boost::unordered_flat_map<std::string, std::size_t, Hash, Same> places_;  // by all labels
  std::vector<std::string> labels_;                                         // of the span at hand
  std::string key_;
  const char* resource_before_ = nullptr;
  std::uint64_t folded_ = 0;
};

}  // namespace outrider::tracing
