// Decides of whole traces whether they are worth keeping: when the span that somebody called from outside has
// ended, and a while more, so that all have sent theirs; at the latest after so long. Only what the rules ask
// for is remembered of a trace meanwhile, so a hundred bytes each; its spans wait elsewhere. Spans that come
// late follow their trace. On one river.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/tracing/rules.hpp"
#include "agent/tracing/verdicts.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace outrider::tracing {

struct SamplingSettings {
  std::vector<Rule> drop{}, keep{};  // the first that fits decides; of `drop` before those of `keep`
  core::Duration after_entry = std::chrono::seconds(6);  // an SDK sends each five seconds
  core::Duration at_most = std::chrono::seconds(30);
  std::uint64_t most_trace_bytes = 1u << 20;  // of one, before it is thinned
  std::size_t most_traces = 50'000;           // that wait for their judgement; then the oldest is judged
  std::size_t remember = 200'000;             // judgements, for spans that come late
};

// Why a trace was judged when it was.
enum class Moment : std::uint8_t { entry_ended, waited, too_many };

class Sampler {
 public:
  // Told of each judgement.
  using Judged = std::function<void(const Judgement& judgement, Moment moment)>;

  Sampler(SamplingSettings sampling, Judged judged);

  // The spans of a request have come; how many of them late.
  std::uint64_t see(std::string_view request, core::Instant now);

  // Judges the traces whose time has come.
  void judge_due(core::Instant now);

  // When the trace will be judged unless more comes; nothing: it is not waiting.
  std::optional<core::Instant> due(TraceKey trace) const;
  std::size_t waiting() const { return live_.size(); }

  // What was decided. Of one that nobody knows any more it is decided now, by nothing but its id.
  Verdicts::Verdict verdict(TraceKey trace, core::Instant now);
  // Whether a span of a trace that is too large goes on all the same.
  bool matters(TraceKey trace, const telemetry::otlp::SpanView& span) const;

  std::uint64_t most_trace_bytes() const { return sampling_.most_trace_bytes; }
  Verdicts& verdicts() { return verdicts_; }
  const Verdicts& verdicts() const { return verdicts_; }

 private:
  // Those that took longer than the last of these: equals would be without number.
  static constexpr std::size_t slowest_count = 17;
  static constexpr std::size_t most_large = 1000;
  static constexpr core::Instant never = core::Instant::min();

  struct Live {
    core::Instant first{};
    core::Instant entry = never;  // when the last one came by which it was entered
    std::uint64_t start_ns = 0, end_ns = 0;
    std::uint64_t bytes = 0;
    Marks marks = 0;
  };
  struct Waiting {
    core::Instant since;
    TraceKey trace;
  };
  // Of a trace that is too large: how long its slowest spans took, of those beyond the bound. A heap.
  struct Slowest {
    std::array<std::uint64_t, slowest_count> took_ns{};
    std::size_t count = 0;
    void add(std::uint64_t ns);
    std::uint64_t least() const;
  };
  template <class Value>
  using Table = boost::unordered_flat_map<TraceKey, Value, TraceHash>;

  void see_span(Live& live, TraceKey trace, const telemetry::otlp::SpanView& span, Marks marks,
                core::Instant now);
  void see_large(TraceKey trace, const telemetry::otlp::SpanView& span);
  Live& begin(TraceKey trace, core::Instant now);
  void judge_oldest(core::Instant now);
  void judge(Table<Live>::iterator live, Moment moment, core::Instant now);

  SamplingSettings sampling_;
  Rulebook rulebook_;
  Judged judged_;
  Verdicts verdicts_;
  Table<Live> live_;
  std::deque<Waiting> by_age_, by_entry_;  // what is out of date in them is passed over
  Table<Slowest> large_;
  std::deque<TraceKey> large_in_order_;
};

}  // namespace outrider::tracing
