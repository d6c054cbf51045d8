#include "agent/tracing/sampler.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace outrider::tracing {
namespace {

namespace otlp = telemetry::otlp;

}  // namespace

Sampler::Sampler(SamplingSettings sampling, Judged judged)
    : sampling_(std::move(sampling)),
      rulebook_(sampling_.drop, sampling_.keep),
      judged_(std::move(judged)),
      verdicts_(sampling_.remember) {}

// Spans of one trace, and of one resource, come together.
std::uint64_t Sampler::see(std::string_view request, core::Instant now) {
  std::uint64_t late = 0;
  std::string_view resource_before;
  Marks of_resource = 0;
  std::optional<TraceKey> trace_before;
  Live* live = nullptr;  // null: it was judged before
  otlp::visit_spans(request, [&](std::string_view resource, std::string_view bytes) {
    const otlp::SpanView span = otlp::view_span(bytes);
    if (resource.data() != resource_before.data()) of_resource = rulebook_.marks_of_resource(resource);
    resource_before = resource;
    const TraceKey trace = key_of(span.trace_id);
    if (trace_before != trace) {
      trace_before = trace;
      const auto known = live_.find(trace);
      const bool is_new = known == live_.end() && !verdicts_.find(trace);
      live = known != live_.end() ? &known->second : is_new ? &begin(trace, now) : nullptr;
    }
    if (live == nullptr) {
      ++late;
    } else {
      see_span(*live, trace, span, of_resource | rulebook_.marks_of(span), now);
    }
  });
  return late;
}

Sampler::Live& Sampler::begin(TraceKey trace, core::Instant now) {
  while (live_.size() >= std::max<std::size_t>(sampling_.most_traces, 1)) judge_oldest(now);
  by_age_.push_back({now, trace});
  Live& live = live_[trace];
  live.first = now;
  return live;
}

void Sampler::see_span(Live& live, TraceKey trace, const otlp::SpanView& span, Marks marks,
                       core::Instant now) {
  live.marks |= marks;
  live.start_ns = live.bytes == 0 ? span.start_ns : std::min(live.start_ns, span.start_ns);
  live.end_ns = std::max(live.end_ns, span.end_ns);
  if (live.bytes > sampling_.most_trace_bytes) see_large(trace, span);
  live.bytes += span.bytes.size();
  if (!span.is_entry() || live.entry == now) return;
  live.entry = now;
  by_entry_.push_back({now, trace});
}

void Sampler::see_large(TraceKey trace, const otlp::SpanView& span) {
  const auto [slowest, is_new] = large_.try_emplace(trace);
  slowest->second.add(span.took_ns());
  if (!is_new) return;
  large_in_order_.push_back(trace);
  if (large_in_order_.size() <= most_large) return;
  large_.erase(large_in_order_.front());
  large_in_order_.pop_front();
}

void Sampler::Slowest::add(std::uint64_t ns) {
  const auto first = took_ns.begin();
  if (count == slowest_count) {
    if (ns <= took_ns.front()) return;
    std::pop_heap(first, took_ns.end(), std::greater<>());
    took_ns.back() = ns;
  } else {
    took_ns[count++] = ns;
  }
  std::push_heap(first, first + static_cast<std::ptrdiff_t>(count), std::greater<>());
}

std::uint64_t Sampler::Slowest::least() const { return count < slowest_count ? 0 : took_ns.front(); }

void Sampler::judge_due(core::Instant now) {
  for (; !by_entry_.empty() && by_entry_.front().since + sampling_.after_entry <= now;
       by_entry_.pop_front()) {
    const auto live = live_.find(by_entry_.front().trace);
    if (live != live_.end() && live->second.entry == by_entry_.front().since)
      judge(live, Moment::entry_ended, now);
  }
  // Those that were judged already go, too: at many traces a second they would be most of it.
  for (; !by_age_.empty(); by_age_.pop_front()) {
    const auto live = live_.find(by_age_.front().trace);
    if (live == live_.end() || live->second.first != by_age_.front().since) continue;
    if (by_age_.front().since + sampling_.at_most > now) break;
    judge(live, Moment::waited, now);
  }
}

void Sampler::judge_oldest(core::Instant now) {
  for (bool done = false; !done && !by_age_.empty(); by_age_.pop_front()) {
    const auto live = live_.find(by_age_.front().trace);
    if (live == live_.end() || live->second.first != by_age_.front().since) continue;
    judge(live, Moment::too_many, now);
    done = true;
  }
}

void Sampler::judge(Table<Live>::iterator live, Moment moment, core::Instant now) {
  const Live& seen = live->second;
  const std::uint64_t took = seen.end_ns > seen.start_ns ? seen.end_ns - seen.start_ns : 0;
  const core::Duration lasted(static_cast<std::int64_t>(std::min<std::uint64_t>(took, INT64_MAX)));
  const Judgement judgement = rulebook_.judge(live->first, seen.marks, lasted, now);
  verdicts_.decide(live->first, judgement.keep);
  live_.erase(live);
  if (judged_) judged_(judgement, moment);
}

std::optional<core::Instant> Sampler::due(TraceKey trace) const {
  const auto live = live_.find(trace);
  if (live == live_.end()) return std::nullopt;
  const core::Instant latest = live->second.first + sampling_.at_most;
  if (live->second.entry == never) return latest;
  return std::min(latest, live->second.entry + sampling_.after_entry);
}

Verdicts::Verdict Sampler::verdict(TraceKey trace, core::Instant now) {
  if (const auto known = verdicts_.find(trace)) return *known;
  if (const auto live = live_.find(trace); live != live_.end()) {
    judge(live, Moment::too_many, now);
  } else {
    const Judgement judgement = rulebook_.judge(trace, 0, {}, now);
    verdicts_.decide(trace, judgement.keep);
    if (judged_) judged_(judgement, Moment::too_many);
  }
  return verdicts_.find(trace).value_or(Verdicts::Verdict{});
}

bool Sampler::matters(TraceKey trace, const otlp::SpanView& span) const {
  if (span.is_entry() || span.status == otlp::StatusCode::error) return true;
  const auto large = large_.find(trace);
  return large != large_.end() && span.took_ns() > large->second.least();
}

}  // namespace outrider::tracing
