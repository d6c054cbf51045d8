#include "agent/tracing/sifting.hpp"

#include <optional>

namespace outrider::tracing {

namespace otlp = telemetry::otlp;

void add_undecided(const Sampler& sampler, std::string_view request, std::vector<TraceKey>& to) {
  std::optional<TraceKey> before;
  otlp::visit_spans(request, [&](std::string_view, std::string_view bytes) {
    const TraceKey trace = key_of(otlp::trace_id_of(bytes));
    if (before == trace) return;
    before = trace;
    if (sampler.due(trace)) to.push_back(trace);
  });
}

core::Outcome<otlp::Portions> Sifting::sift(std::string_view request, std::size_t most_bytes) {
  return otlp::portions_of(request, most_bytes, [this](std::string_view span) { return goes_on(span); });
}

bool Sifting::goes_on(std::string_view bytes) {
  const TraceKey trace = key_of(otlp::trace_id_of(bytes));
  auto known = passing_.find(trace);
  if (known == passing_.end()) {
    const Verdicts::Verdict verdict = sampler_.verdict(trace, now_);
    known = passing_.emplace(trace, Passing{verdict.keep, verdict.passed_bytes}).first;
  }
  Passing& passing = known->second;
  if (!passing.keep) return false;
  if (!fits(trace, bytes, passing.before + passing.now)) {
    ++thinned_;
    return false;
  }
  passing.now += bytes.size();
  return true;
}

// What matters has as much room once more, and where it was entered once more: there it may all come last.
bool Sifting::fits(TraceKey trace, std::string_view bytes, std::uint64_t passed) const {
  const std::uint64_t most = sampler_.most_trace_bytes();
  if (passed <= most) return true;
  const otlp::SpanView span = otlp::view_span(bytes);
  return passed <= (span.is_entry() ? 3 : 2) * most && sampler_.matters(trace, span);
}

void Sifting::done() {
  for (const auto& [trace, passing] : passing_) {
    if (passing.now > 0) sampler_.verdicts().passed(trace, passing.now);
  }
  passing_.clear();
}

}  // namespace outrider::tracing
