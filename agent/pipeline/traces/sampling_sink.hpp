// What the spool of spans hands on to where traces are judged: it stands still until each trace at hand is,
// then puts what is worth keeping into the second spool, from which the destinations read. What was decided
// is written down before anything goes on by it.
#pragma once

#include "agent/pipeline/follow/judged_traces.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/traces/figures.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/tracing/sampler.hpp"
#include "agent/tracing/sifting.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/counter.h>

namespace outrider::pipeline {

class SamplingSink final : public sinks::Sink {
 public:
  struct Ends {
    core::Clock& clock;
    tracing::Sampler& sampler;
    JudgedTraces& judged;
    Spool& kept;
    ::prometheus::Counter& thinned;
    Figures* figures = nullptr;  // may be null
  };

  explicit SamplingSink(Ends ends) : ends_(ends) {}

  std::string name() const override { return "sampling"; }
  std::uint64_t appetite_bytes() const override { return 4u << 20; }
  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override;
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

 private:
  struct Sifted {
    telemetry::Batch batch;
    std::vector<sinks::LetGo> let_go;
  };

  core::Task<void> until_all_are_judged(std::vector<tracing::TraceKey> waiting);
  core::Task<core::Outcome<Sifted>> sift(std::span<const telemetry::BatchPointer> batches,
                                         tracing::Sifting& sifting);

  Ends ends_;
};

}  // namespace outrider::pipeline
