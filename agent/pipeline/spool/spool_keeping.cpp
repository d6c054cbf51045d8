// For senders that keep what they send until it is safe here: they wait for the commit, and are sent away
// while there is no room.
#include "agent/async/race.hpp"
#include "agent/pipeline/spool/arrival.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/spool/spool_parts.hpp"

#include <utility>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration patience = 2s;  // with a disk that is busy: its sender would only come again

}  // namespace

async::Task<core::Outcome<>> Spool::keep(telemetry::Batch batch) {
  if (batch.records.empty()) co_return core::Outcome<>();
  const std::uint64_t weight = batch.weight();
  if (!has_room(weight)) co_await async::finish_within(tools_.clock, patience, wait_for_room(weight));
  if (!has_room(weight)) co_return core::fail(no_room());
  batch.is_promised = true;
  const auto arrival = expect_arrival(carry_, batch);
  append(std::move(batch));
  co_await wait_for(arrival);
  if (arrival->fate == telemetry::Fate::delivered) co_return core::Outcome<>();
  co_return core::fail(no_room());
}

async::Task<void> Spool::wait_for_room(std::uint64_t weight) {
  while (!has_room(weight)) co_await news_.wait();
}

// While the disk cannot be written to, one at a time tries whether it can again. What lies on the disk is a
// little larger than what is in memory: hence the margin.
bool Spool::has_room(std::uint64_t weight) const {
  if (closed_) return false;
  if (!trouble_.empty()) return pending_.empty() && writing_.empty();
  if (!pending_.empty() && pending_weight_ + weight > most_pending_bytes) return false;
  std::uint64_t waiting = bytes_ + pending_weight_;
  for (const telemetry::Batch& batch : writing_) waiting += batch.weight();
  return waiting + weight + settings_.most_bytes / 64 <= settings_.most_bytes;
}

core::Error Spool::no_room() const {
  if (closed_) return {core::Errc::busy, "cannot take it: the agent ends"};
  if (!trouble_.empty()) return {core::Errc::exhausted, "cannot take it: " + trouble_};
  if (bytes_ + pending_weight_ > settings_.most_bytes / 2)
    return {core::Errc::exhausted, "cannot take it: the spool is full, since a destination takes too little"};
  return {core::Errc::busy, "cannot take it now: the disk is slower than what comes"};
}

std::uint64_t Spool::promised_weight() const {
  std::uint64_t weight = 0;
  for (const telemetry::Batch& batch : pending_) weight += batch.is_promised ? batch.weight() : 0;
  return weight;
}

// What could not be written, and its senders have still.
void Spool::give_back() {
  const auto is_promised = [](const telemetry::Batch& batch) { return batch.is_promised; };
  for (const telemetry::Batch& batch : writing_) {
    if (batch.is_promised) own_account(batch.stream).returned(amount_of(batch));
  }
  std::erase_if(writing_, is_promised);
  tell_keepers(telemetry::Fate::returned);
}

void Spool::tell_keepers(telemetry::Fate fate) {
  for (const auto& owed : std::exchange(owed_now_, {})) owed->settle(fate);
}

}  // namespace outrider::pipeline
