// Judges traces as their spans come in, and counts how.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/pipeline/follow/judged_traces.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/traces/figures.hpp"
#include "agent/pipeline/traces/sampling_sink.hpp"
#include "agent/pipeline/traces/trace_intake.hpp"
#include "agent/pipeline/traces/verdict_book.hpp"
#include "agent/tracing/sampler.hpp"

#include <memory>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {

class Sampling final : public SpanWatch, public JudgedTraces {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    durable::Book& book;
    ::prometheus::Registry& registry;
  };

  Sampling(const async::Executor& carry, Tools tools, tracing::SamplingSettings settings);
  ~Sampling() override;

  // What was decided before, and what had not been yet: the spans that still wait in the first spool.
  async::Task<core::Outcome<>> open();

  // `figures`: who shows spans that are kept; may be null.
  std::unique_ptr<sinks::Sink> make_sink(Spool& kept, Figures* figures);

  std::size_t waiting() const { return sampler_.waiting(); }

  void coming(const telemetry::Record& spans) override;
  void taken(const telemetry::Record&) override {}

  void judge_due() override;
  std::optional<bool> decided(tracing::TraceKey trace) const override;
  bool all_on_disk() const override { return unwritten_.empty() && !sampler_.verdicts().has_news(); }
  core::Task<core::Outcome<>> write_down() override;

 private:
  struct Meters;

  core::Outcome<> recall();
  void count(const tracing::Judgement& judgement, tracing::Moment moment);

  Tools tools_;
  std::unique_ptr<Meters> meters_;
  tracing::Sampler sampler_;
  VerdictBook verdicts_;
  std::string unwritten_;  // or it is not known whether it is
  bool is_writing_ = false;
  async::Bell written_;
};

}  // namespace outrider::pipeline
