#include "agent/pipeline/traces/sampling.hpp"

#include "agent/pipeline/traces/shown.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>

namespace outrider::pipeline {
namespace {

constexpr std::string_view no_rule = "none";

std::string_view name_of(tracing::Moment moment) {
  switch (moment) {
    case tracing::Moment::entry_ended: return "entry_ended";
    case tracing::Moment::waited: return "waited";
    case tracing::Moment::too_many: return "too_many";
  }
  return "unknown";
}

}  // namespace

struct Sampling::Meters {
  Meters(::prometheus::Registry& registry, const tracing::SamplingSettings& settings)
      : judged(::prometheus::BuildCounter()
                   .Name("outrider_sampling_traces_total")
                   .Help("Traces that were judged, by the rule that decided.")
                   .Register(registry)),
        moments(::prometheus::BuildCounter()
                    .Name("outrider_sampling_judgements_total")
                    .Help("Traces that were judged, by why then.")
                    .Register(registry)),
        waiting(::prometheus::BuildGauge()
                    .Name("outrider_sampling_waiting_traces")
                    .Help("Traces that wait for their judgement.")
                    .Register(registry)
                    .Add({})),
        late(plain_counter(registry, "outrider_sampling_late_spans_total",
                           "Spans that came after their trace was judged; they follow it.")),
        thinned(
            plain_counter(registry, "outrider_sampling_thinned_spans_total",
                          "Spans of kept traces that went no further because their trace is too large.")) {
    for (const auto moment :
         {tracing::Moment::entry_ended, tracing::Moment::waited, tracing::Moment::too_many}) {
      by_moment.at(static_cast<std::size_t>(moment)) = &moments.Add({{"why", std::string(name_of(moment))}});
    }
    for (const tracing::Rule& rule : settings.keep) of(true, rule.name);
    for (const tracing::Rule& rule : settings.drop) of(false, rule.name);
    of(false, no_rule);
  }

  ::prometheus::Counter& of(bool keep, std::string_view rule) {
    return judged.Add({{"verdict", keep ? "kept" : "let_go"}, {"rule", std::string(rule)}});
  }

  void count(const tracing::Judgement& judgement, tracing::Moment moment) {
    ::prometheus::Counter*& one = by_rule[{judgement.by, judgement.keep}];
    if (one == nullptr) one = &of(judgement.keep, judgement.by == nullptr ? no_rule : judgement.by->name);
    one->Increment();
    by_moment.at(static_cast<std::size_t>(moment))->Increment();
  }

  ::prometheus::Family<::prometheus::Counter>& judged;
  ::prometheus::Family<::prometheus::Counter>& moments;
  ::prometheus::Gauge& waiting;
  ::prometheus::Counter& late;
  ::prometheus::Counter& thinned;
  std::map<std::pair<const tracing::Rule*, bool>, ::prometheus::Counter*> by_rule;
  std::array<::prometheus::Counter*, 3> by_moment{};
};

Sampling::Sampling(const async::Executor& carry, Tools tools, tracing::SamplingSettings settings)
    : tools_(tools),
      meters_(std::make_unique<Meters>(tools.registry, settings)),
      sampler_(settings, [this](const tracing::Judgement& judgement,
                                tracing::Moment moment) { count(judgement, moment); }),
      verdicts_(tools.book, settings.remember),
      written_(carry) {}

Sampling::~Sampling() = default;

void Sampling::count(const tracing::Judgement& judgement, tracing::Moment moment) {
  meters_->count(judgement, moment);
  meters_->waiting.Set(static_cast<double>(sampler_.waiting()));
}

async::Task<core::Outcome<>> Sampling::open() {
  const auto work = [this] { return recall(); };
  core::Outcome<> recalled = co_await async::offload(tools_.pool, work);
  meters_->waiting.Set(static_cast<double>(sampler_.waiting()));
  co_return recalled;
}

core::Outcome<> Sampling::recall() {
  if (auto read = verdicts_.recall(sampler_.verdicts()); !read) return read;
  const core::Instant now = tools_.clock.now();
  return walk_spool(tools_.book, trace_spool, 0, [&](std::uint64_t first, std::string_view packed) {
    const auto spooled = unpacked(first, packed);
    if (!spooled) return false;
    for (const telemetry::Record& record : spooled->batch.records) sampler_.see(record.text, now);
    return true;
  });
}

std::unique_ptr<sinks::Sink> Sampling::make_sink(Spool& kept, Figures* figures) {
  return std::make_unique<SamplingSink>(
      SamplingSink::Ends{tools_.clock, sampler_, *this, kept, meters_->thinned, figures});
}

void Sampling::coming(const telemetry::Record& spans) {
  const core::Instant now = tools_.clock.now();
  sampler_.judge_due(now);
  meters_->late.Increment(static_cast<double>(sampler_.see(spans.text, now)));
  meters_->waiting.Set(static_cast<double>(sampler_.waiting()));
}

void Sampling::judge_due() {
  sampler_.judge_due(tools_.clock.now());
  meters_->waiting.Set(static_cast<double>(sampler_.waiting()));
}

std::optional<bool> Sampling::decided(tracing::TraceKey trace) const {
  const auto verdict = sampler_.verdicts().find(trace);
  return verdict ? std::optional(verdict->keep) : std::nullopt;
}

// One after the other: spans wait for it, and log lines.
core::Task<core::Outcome<>> Sampling::write_down() {
  struct Done {
    Sampling& of;
    ~Done() {
      of.is_writing_ = false;
      of.written_.ring();
    }
  };
  while (is_writing_) co_await written_.wait();
  unwritten_ += sampler_.verdicts().take_news();
  if (unwritten_.empty()) co_return core::Outcome<>();
  is_writing_ = true;
  const Done done{*this};
  const auto work = [this] { return verdicts_.write(unwritten_); };
  core::Outcome<> written = co_await async::offload(tools_.pool, work);
  if (written) unwritten_.clear();
  co_return written;
}

}  // namespace outrider::pipeline
