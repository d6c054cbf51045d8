// What is offered, sent in requests, portion by portion: what is too much at once is halved, and of what is
// refused it is found out which record is meant. That one is refused for good, the rest goes.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/sinks/offer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrider::sinks {

enum class Meaning : std::uint8_t {
  taken,
  again,      // the receiver is not well, or busy
  held,       // it will not have anything from us as we are configured: a human must look
  too_large,  // fewer at once
  bad,        // it does not like what is in it: which record?
  refused,    // it will have none of these, says so of each, and will not be asked again
};

std::string_view name_of(Meaning meaning);

// What came of one request.
struct Posted {
  Meaning meaning = Meaning::taken;
  std::string said;                            // the other side's words, where records are refused
  core::Error trouble;                         // where they are not taken
  std::optional<core::Duration> come_again{};  // with `again`: it wants to be left alone for so long
};

class Posting {
 public:
  // An error: there was no answer.
  using Post = std::function<core::Task<core::Outcome<Posted>>(const Records&)>;

  // `doubt` is what to ask oneself when it refuses whatever it is given.
  Posting(std::uint64_t most_bytes, std::string doubt, Post post)
      : most_bytes_(most_bytes), doubt_(std::move(doubt)), post_(std::move(post)) {}

  core::Task<core::Outcome<Receipt>> deliver(std::span<const telemetry::BatchPointer> batches);
  std::size_t sent_of(const telemetry::BatchPointer& batch) const { return offer_.sent_of(batch); }

 private:
  core::Task<core::Outcome<>> refuse(Posted answer);
  void take(std::size_t records);

  std::uint64_t most_bytes_;  // at once: less than was configured once it said that it is too much
  std::string doubt_;
  Post post_;
  Offer offer_;
  unsigned may_refuse_ = 0;
};

std::uint64_t bytes_of(const Records& records);

}  // namespace outrider::sinks
