// What the spool of lines that wait hands on to where they follow their trace: it stands still until of each
// line at hand it is known, then puts those that go on into the ordinary spool, in the order in which they
// came.
#pragma once

#include "agent/pipeline/follow/following.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::pipeline {

class FollowingSink final : public sinks::Sink {
 public:
  FollowingSink(core::Clock& clock, Following& following, Spool& onward)
      : clock_(clock), following_(following), onward_(onward) {}

  std::string name() const override { return "following"; }
  std::uint64_t appetite_bytes() const override { return 256u << 10; }
  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override;
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

 private:
  struct Line {
    std::optional<tracing::TraceKey> trace;
    core::Instant since;
    std::uint32_t count;
    tracing::LineFate fate = tracing::LineFate::waits;
  };

  core::Task<void> until_none_waits(std::vector<Line>& lines);
  core::Task<core::Outcome<>> hand_on(std::vector<telemetry::Batch> batches);

  core::Clock& clock_;
  Following& following_;
  Spool& onward_;
};

}  // namespace outrider::pipeline
