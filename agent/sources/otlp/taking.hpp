// From a request to spans that are kept, whatever it came by: looked at, within bounds, and handed over.
#pragma once

#include "agent/sources/otlp/request.hpp"
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
};

class Taking {
 public:
  Taking(const Tools& tools, std::uint64_t most_request);

  // Before the first is taken.
  void begin(KeepingIntake& intake) { intake_ = &intake; }

  // Of a request that can be read, by its head. It is kept when this returns without a refusal.
  core::Task<Verdict> take_in(const net::Call& call);

  // Twice what one request may bring, packed and unpacked: whatever comes, no more memory than that is taken.
  std::uint64_t most_at_once() const { return 2 * most_request_; }

 private:
  class Hold;

  core::Task<core::Outcome<Taken>> look_at(const net::Call& call, Hold& hold);
  void finish_records(telemetry::Batch& batch);

  Tools tools_;
  std::uint64_t most_request_;
  telemetry::Origin origin_;  // of the next record
  KeepingIntake* intake_ = nullptr;
  std::atomic<std::uint64_t> at_hand_ = 0;
};

}  // namespace outrider::sources::otlp
