// Which service calls which, how often, how often in vain, and how long it takes as either of them sees it: a
// span that calls and the one that is called by it are put together, in whatever order they come. Bounded; a
// half whose other never comes is forgotten and counted.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/otlp/span_view.hpp"
#include "agent/telemetry/writing/family_writer.hpp"
#include "agent/tracing/durations.hpp"
#include "agent/tracing/trace_key.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include <boost/unordered/unordered_flat_map.hpp>

namespace outrider::tracing {

struct GraphSettings {
  Bounds buckets = usual_buckets();                // ascending
  core::Duration wait = std::chrono::seconds(10);  // for the other half
  std::size_t most_waiting = 20'000;
  std::size_t most_edges = 1000;  // beyond it they are counted as one, from `other` to `other`

  static Bounds usual_buckets();
};

class ServiceGraph {
 public:
  explicit ServiceGraph(GraphSettings settings) : settings_(std::move(settings)) {}

  // Each span of a request once.
  void count(std::string_view request, core::Instant now);

  telemetry::FamilySet families() const;

  std::uint64_t unpaired() const { return unpaired_; }  // halves that waited in vain
  std::uint64_t folded() const { return folded_; }      // calls that were counted from `other` to `other`

 private:
  struct CallKey {
    TraceKey trace;
    std::uint64_t calling_span = 0;
    bool operator==(const CallKey&) const = default;
  };
  struct CallHash {
    using is_avalanching = void;
    std::size_t operator()(const CallKey& key) const {
      return hash_of({hash_of(key.trace), key.calling_span});
    }
  };
  struct Half {
    bool calls = false;  // else it is called
    bool failed = false;
    std::string service;
    std::uint64_t took_ns = 0;
  };
  struct Expiry {
    core::Instant since;
    CallKey key;
  };
  struct Edge {
    std::uint64_t calls = 0, failed = 0;
    Durations caller, called;
  };
  using Ends = std::tuple<std::string, std::string, std::string_view>;  // who calls, who is called, over what

  void count_span(std::string_view service, const telemetry::otlp::SpanView& span, core::Instant now);
  void pair(const CallKey& key, Half half, std::string_view over, core::Instant now);
  void forget_old(core::Instant now);
  Edge& edge(const std::string& from, const std::string& to, std::string_view over);

  GraphSettings settings_;
  boost::unordered_flat_map<CallKey, Half, CallHash> waiting_;
  std::deque<Expiry> in_order_;  // what was paired meanwhile is passed over
  std::map<Ends, Edge> edges_;
  std::uint64_t unpaired_ = 0, folded_ = 0;
};

}  // namespace outrider::tracing
