// From a request of one signal to what is kept, whatever it came by: looked at, within bounds, and handed
// over.
#pragma once

#include "agent/sources/otlp/taking/request.hpp"
#include "agent/sources/shelf.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace outrider::sources::otlp {

// What its sender is to hear.
struct Verdict {
  std::optional<Refusal> refusal;                // nothing: it was taken
  core::Duration come_again{};                   // with a refusal: after so long; zero: never
  telemetry::otlp::PartialSuccess partial = {};  // of what was taken
  std::uint64_t broken_ids = 0;                  // that what was taken had, and goes on without
};

class Taking {
 public:
  Taking(const Tools& tools, const SignalKind& kind, std::uint64_t most_request, KeepingIntake& intake);

  const SignalKind& kind() const { return kind_; }

  // Of a request that can be read, by its head. It is kept when this returns without a refusal.
  core::Task<Verdict> take_in(const net::Call& call);

 private:
  class Hold;

  core::Task<core::Outcome<Taken>> look_at(const net::Call& call, Hold& hold);
  void finish_records(telemetry::Batch& batch);

  Tools tools_;
  const SignalKind& kind_;
  std::uint64_t most_request_;
  telemetry::Origin origin_;  // of the next record
  KeepingIntake& intake_;
  std::atomic<std::uint64_t> at_hand_ = 0;
};

}  // namespace outrider::sources::otlp
