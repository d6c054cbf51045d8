// What is known of each record that was offered and is not all delivered yet: so that what has arrived of a
// delivery that failed is not sent again, and what may have arrived is looked for.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/sinks/shelf.hpp"
#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace outrider::sinks::elasticsearch {

enum class State : std::uint8_t {
  waiting,
  sent,  // and not answered: in doubt
  arrived,
  there,  // it had arrived before
  refused,
};

struct Standing {
  explicit Standing(telemetry::BatchPointer of);

  void settle(std::size_t record, State state);
  void was_there(std::size_t record);  // it had arrived before

  telemetry::BatchPointer batch;
  std::vector<State> states;
  std::size_t open = 0;  // records that have neither arrived nor been refused
  core::WallTime first_sent = core::WallTime::max();
  std::vector<Refused> refused;  // to be told once all is delivered
  Duplicates duplicates;
};

class Standings {
 public:
  // Forgets what is not offered any more.
  void offer(std::span<const telemetry::BatchPointer> batches);
  void forget() { all_.clear(); }

  std::vector<Standing>& all() { return all_; }
  const std::vector<Standing>& all() const { return all_; }
  // How many of its first records are there.
  std::size_t arrived_of(const telemetry::BatchPointer& batch) const;
  Receipt take_receipt();

 private:
  std::vector<Standing> all_;  // in the order of the offer
};

}  // namespace outrider::sinks::elasticsearch
