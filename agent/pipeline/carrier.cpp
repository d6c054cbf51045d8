#include "agent/pipeline/carrier.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

constexpr async::Backoff between_attempts{.first = std::chrono::milliseconds(200),
                                          .most = std::chrono::seconds(10)};
constexpr core::Duration before_rest = std::chrono::seconds(5);

}  // namespace

Carrier::Carrier(const async::Executor& carry, Tools tools, std::unique_ptr<sinks::Sink> sink,
                 std::uint64_t bound_bytes, sinks::WhenFull when_full, std::function<void()> trouble_changed)
    : tools_(tools),
      sink_(std::move(sink)),
      name_(sink_->name()),
      bound_bytes_(bound_bytes),
      when_full_(when_full),
      trouble_changed_(std::move(trouble_changed)),
      news_(carry),
      stop_(carry),
      room_(carry),
      errors_(&::prometheus::BuildCounter()
                   .Name("outrider_sink_errors_total")
                   .Help("How often the sink could not take what it was offered.")
                   .Register(tools.registry)
                   .Add({{"sink", name_}})),
      stalled_family_(::prometheus::BuildGauge()
                          .Name("outrider_sink_stalled")
                          .Help("Whether the sink cannot be written to at present.")
                          .Register(tools.registry)),
      stalled_(&stalled_family_.Add({{"sink", name_}})) {}

// A reload may bring other sinks, and one that is no more must not be read as one that still stands.
Carrier::~Carrier() { stalled_family_.Remove(stalled_); }

void Carrier::push(telemetry::BatchPointer batch, Account& account) {
  Held held(std::move(batch), account);
  if (abandoned_) return drop(std::move(held), Reason::shutdown);
  if (!make_room(held.weight)) return drop(std::move(held), Reason::buffer_full);
  enqueue(std::move(held));
}

Carrier::Held::Held(telemetry::BatchPointer of, Account& in)
    : batch(std::move(of)), account(&in), weight(batch->weight()), amount(amount_of(*batch)) {}

void Carrier::enqueue(Held held) {
  weight_ += held.weight;
  handed_bytes_ += held.weight;
  if (held.replayable) replayable_weight_ += held.weight;
  queue_.push_back(std::move(held));
  news_.ring();
}

// Two deliveries: one on its way and one to follow it at once. Half of the bound stays for what cannot wait.
bool Carrier::has_room() const {
  return replayable_weight_ < std::min(2 * sink_->appetite_bytes(), bound_bytes_ / 2);
}

async::Task<void> Carrier::wait_for_room() {
  while (!has_room()) co_await room_.wait();
}

void Carrier::push_replayable(telemetry::BatchPointer batch, Account& account) {
  Held held(std::move(batch), account);
  held.replayable = true;
  if (abandoned_) return give_back(std::move(held));
  enqueue(std::move(held));
}

bool Carrier::make_room(std::uint64_t weight) {
  const auto fits = [&] { return queue_.empty() || weight_ + weight <= bound_bytes_; };
  while (!fits() && when_full_ == sinks::WhenFull::drop_oldest) {
    const auto oldest = std::find_if(queue_.begin() + static_cast<std::ptrdiff_t>(in_hand_), queue_.end(),
                                     [](const Held& held) { return !held.replayable; });
    if (oldest == queue_.end()) break;
    Held held = std::move(*oldest);
    queue_.erase(oldest);
    leave(held);
    drop(std::move(held), Reason::buffer_full);
  }
  return fits();
}

void Carrier::leave(const Held& held) {
  weight_ -= held.weight;
  if (!held.replayable) return;
  replayable_weight_ -= held.weight;
  room_.ring();
}

void Carrier::drop(Held held, Reason reason) {
  Amount written;
  const std::size_t count = sink_->written_of(held.batch);
  for (std::size_t i = 0; i < count; ++i) written += amount_of(held.batch->records[i]);
  if (count > 0) held.account->delivered(written);
  held.amount -= written;
  held.account->dropped(held.amount, reason);
  for (std::size_t i = count; tools_.dropped && i < held.batch->records.size(); ++i)
    tools_.dropped(name_, *held.batch, held.batch->records[i], reason);
  if (held.batch->acknowledgement) held.batch->acknowledgement->settle(telemetry::Fate::dropped);
}

void Carrier::give_back(Held held) {
  held.account->returned(held.amount);
  if (held.batch->acknowledgement) held.batch->acknowledgement->settle(telemetry::Fate::returned);
}

std::map<const Account*, Amount> Carrier::waiting() const {
  std::map<const Account*, Amount> sums;
  for (const auto* const held_here : {&unsettled_, &queue_}) {
    for (const Held& held : *held_here) sums[held.account] += amount_of(*held.batch);
  }
  return sums;
}

async::Task<void> Carrier::run() {
  co_await async::ignore_cancellation();
  while (!abandoned_) {
    if (finishing_ && !trouble_.empty() && holds_only_replayable()) break;
    if (wants_to_settle()) {
      co_await settle_sink();
    } else if (!queue_.empty()) {
      co_await deliver_some();
    } else if (finishing_) {
      break;
    } else {
      co_await wait_for_news();
    }
  }
  abandoned_ = true;
  // A last attempt for what is written already. Its time is up, so a failure is not tried again.
  if (!unsettled_.empty()) co_await settle_sink();
  while (!queue_.empty()) {
    Held held = std::move(queue_.front());
    queue_.pop_front();
    leave(held);
    if (held.replayable) {
      give_back(std::move(held));
    } else {
      drop(std::move(held), Reason::shutdown);
    }
  }
}

// Nothing is lost when we end now, so nobody need wait for a sink that is in trouble.
bool Carrier::holds_only_replayable() const {
  const auto replayable = [](const Held& held) { return held.replayable; };
  return std::all_of(queue_.begin(), queue_.end(), replayable) &&
         std::all_of(unsettled_.begin(), unsettled_.end(), replayable);
}

// At its time; and before it when what is not safe yet would fill the bound, when it must prove that it works
// again, or when we end.
bool Carrier::wants_to_settle() const {
  const auto due = sink_->due();
  if (!due) return false;
  if (*due <= tools_.clock.now() || unsettled_weight_ > bound_bytes_ / 2 || !trouble_.empty()) return true;
  return queue_.empty() && (finishing_ || !has_room());  // nobody could bring more
}

async::Task<void> Carrier::wait_for_news() {
  const auto due = sink_->due();
  if (!due && rested_) {
    co_await news_.wait();
    co_return;
  }
  if (!due) {
    const bool rang = co_await news_.wait_until(tools_.clock, tools_.clock.now() + before_rest);
    rested_ = !rang;
    if (rested_) sink_->rest();
    co_return;
  }
  (void)co_await news_.wait_until(tools_.clock, *due);
}

async::Task<void> Carrier::deliver_some() {
  std::vector<telemetry::BatchPointer> offered;
  std::uint64_t bytes = 0;
  for (const Held& held : queue_) {
    if (!offered.empty() && bytes + held.weight > sink_->appetite_bytes()) break;
    offered.push_back(held.batch);
    bytes += held.weight;
  }
  in_hand_ = offered.size();
  rested_ = false;
  const std::span<const telemetry::BatchPointer> view(offered);
  core::Outcome<sinks::Receipt> delivered = co_await deliver_in_time(view);
  core::Outcome<> accepted;
  if (delivered) {
    accepted = co_await accept(std::move(*delivered));
  } else {
    accepted = core::fail(delivered.error());
  }
  in_hand_ = 0;
  if (!accepted && abandoned_ && holds_only_replayable()) co_return;  // cut off, and nothing is lost by it
  if (!accepted) {
    co_await offer_again(accepted.error());
    co_return;
  }
  for (std::size_t i = 0; i < offered.size(); ++i) {
    unsettled_weight_ += queue_.front().weight;
    unsettled_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (sink_->due()) co_return;  // it counts when it is safe
  count_settled();
  recovered();
}

async::Task<std::monostate> Carrier::wait_until_abandoned() {
  while (!abandoned_) co_await stop_.wait();
  co_return std::monostate();
}

// When the time for the end is up the delivery at hand is cut off: whether it arrived is not known then, so
// it counts as not arrived.
async::Task<core::Outcome<sinks::Receipt>> Carrier::deliver_in_time(
    std::span<const telemetry::BatchPointer> batches) {
  core::Task<core::Outcome<sinks::Receipt>> delivering = sink_->deliver(batches);
  async::Task<std::monostate> ending = wait_until_abandoned();
  auto first = co_await async::race(std::move(delivering), std::move(ending));
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  co_return core::fail(core::Errc::timed_out, "cannot wait for it any longer: the agent ends");
}

// What was refused is kept elsewhere before its batch counts.
async::Task<core::Outcome<>> Carrier::accept(sinks::Receipt receipt) {
  core::Outcome<> parked;
  if (!receipt.refused.empty()) {
    const std::vector<sinks::Refused> refused = receipt.refused;
    parked = co_await tools_.park(name_, refused);
    if (!parked) co_return core::fail("cannot park what the sink refuses", parked.error());
  }
  for (const sinks::Refused& one : receipt.refused)
    refused_[one.batch.get()] += amount_of(one.batch->records[one.record]);
  for (const sinks::Duplicates& some : receipt.duplicates)
    duplicates_[some.batch] += {some.records, some.bytes};
  for (const sinks::LetGo& some : receipt.sampled) sampled_[some.batch] += {some.records, some.bytes};
  for (const sinks::GivenUp& some : receipt.given_up) given_up_[some.batch] += {some.records, some.bytes};
  co_return parked;
}

void Carrier::count_settled() {
  for (; !unsettled_.empty(); unsettled_.pop_front()) {
    const Held& done = unsettled_.front();
    leave(done);
    unsettled_weight_ -= done.weight;
    Amount delivered = done.amount;
    if (const auto some = duplicates_.find(done.batch.get()); some != duplicates_.end()) {
      done.account->duplicate(some->second);
      delivered -= some->second;
    }
    if (const auto some = sampled_.find(done.batch.get()); some != sampled_.end()) {
      done.account->dropped(some->second, Reason::sampled);
      delivered -= some->second;
    }
    if (const auto some = given_up_.find(done.batch.get()); some != given_up_.end()) {
      done.account->dropped(some->second, Reason::refused);
      delivered -= some->second;
    }
    if (const auto some = refused_.find(done.batch.get()); some != refused_.end()) {
      done.account->parked(some->second);
      delivered -= some->second;
    }
    done.account->delivered(delivered);
    if (done.batch->acknowledgement) done.batch->acknowledgement->settle(telemetry::Fate::delivered);
  }
  forget_parts();
}

void Carrier::forget_parts() {
  duplicates_.clear();
  sampled_.clear();
  given_up_.clear();
  refused_.clear();
}

async::Task<void> Carrier::settle_sink() {
  const core::Outcome<> settled = co_await sink_->settle();
  if (settled) {
    count_settled();
    recovered();
    co_return;
  }
  co_await offer_again(settled.error());
}

// The sink has thrown away what was not safe yet.
async::Task<void> Carrier::offer_again(core::Error trouble) {
  queue_.insert(queue_.begin(), std::make_move_iterator(unsettled_.begin()),
                std::make_move_iterator(unsettled_.end()));
  unsettled_.clear();
  unsettled_weight_ = 0;
  forget_parts();
  co_await back_off(trouble);
}

async::Task<void> Carrier::back_off(const core::Error& error) {
  ++failures_;
  errors_->Increment();
  stalled_->Set(1);
  const bool first = trouble_.empty();
  trouble_ = error.what + (error.hint.empty() ? "" : " (" + error.hint + ")");
  if (first) {
    tools_.log.error("pipeline", "Cannot deliver to the sink", {{"sink", name_}, {"why", trouble_}});
    trouble_changed_();
  }
  if (abandoned_) co_return;
  const core::Duration wait = between_attempts.wait_before(failures_, tools_.random);
  (void)co_await stop_.wait_until(tools_.clock, tools_.clock.now() + wait);
}

void Carrier::recovered() {
  if (trouble_.empty()) return;
  tools_.log.info("pipeline", "The sink takes records again",
                  {{"sink", name_}, {"failed_attempts", failures_}});
  failures_ = 0;
  trouble_.clear();
  stalled_->Set(0);
  trouble_changed_();
}

void Carrier::finish() {
  finishing_ = true;
  failures_ = 0;  // a last quick round of attempts
  news_.ring();
  stop_.ring();
}

void Carrier::abandon() {
  abandoned_ = true;
  news_.ring();
  stop_.ring();
}

}  // namespace outrider::pipeline
