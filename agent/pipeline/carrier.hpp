// One sink and what waits for it. The queue is bounded in bytes; the carrier offers it to the sink in order,
// again and again with back-off while the sink cannot. Every record that enters leaves through the ledger.
// What can be read again is never dropped: it waits for room before it is read, and is returned at the end.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/retry.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/pipeline/ledger/ledger.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <prometheus/family.h>

namespace outrider::pipeline {

// Sees what is given up.
using DropSeen = std::function<void(const std::string& sink, const telemetry::Batch& batch,
                                    const telemetry::Record& record, Reason why)>;

class Carrier {
 public:
  struct Tools {
    core::Clock& clock;
    core::Random& random;
    core::Log& log;
    ::prometheus::Registry& registry;
    // Keeps for good what a sink will never take; an error holds the sink.
    std::function<async::Task<core::Outcome<>>(std::string sink, std::vector<sinks::Refused> refused)> park;
    DropSeen dropped{};  // may be empty
  };

  Carrier(const async::Executor& carry, Tools tools, std::unique_ptr<sinks::Sink> sink,
          std::uint64_t bound_bytes, sinks::WhenFull when_full, std::function<void()> trouble_changed);
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  ~Carrier();

  const std::string& name() const { return name_; }
  const std::string& trouble() const { return trouble_; }
  std::uint64_t weight() const { return weight_; }
  std::uint64_t handed_bytes() const { return handed_bytes_; }  // since it is there

  // Never waits: what the bound has no room for is dropped, into `account`.
  void push(telemetry::BatchPointer batch, Account& account);

  // For what can be read again: wait for room first. Its batches are in nobody's way and are never dropped.
  bool has_room() const;
  async::Task<void> wait_for_room();
  void push_replayable(telemetry::BatchPointer batch, Account& account);

  // What waits or is not safe yet, counted one by one, for each account.
  std::map<const Account*, Amount> waiting() const;

  // Carries until finish() and the queue is empty, or until abandon(). Ignores cancellation: only so is it
  // known of each batch whether it arrived.
  async::Task<void> run();
  void finish();   // deliver what waits, then end
  void abandon();  // end now: the delivery at hand is cut off, the rest is dropped or returned

 private:
  struct Held {
    Held(telemetry::BatchPointer of, Account& in);

    telemetry::BatchPointer batch;
    Account* account;
    std::uint64_t weight;
    Amount amount;
    bool replayable = false;
  };

  bool make_room(std::uint64_t weight);
  void drop(Held held, Reason reason);
  void give_back(Held held);
  void enqueue(Held held);
  void leave(const Held& held);
  async::Task<core::Outcome<>> accept(sinks::Receipt receipt);
  bool holds_only_replayable() const;
  bool wants_to_settle() const;
  async::Task<void> wait_for_news();
  async::Task<void> deliver_some();
  async::Task<core::Outcome<sinks::Receipt>> deliver_in_time(
      std::span<const telemetry::BatchPointer> batches);
  async::Task<std::monostate> wait_until_abandoned();
  async::Task<void> settle_sink();
  void count_settled();
  void forget_parts();
  async::Task<void> offer_again(core::Error trouble);
  async::Task<void> back_off(const core::Error& error);
  void recovered();

  Tools tools_;
  std::unique_ptr<sinks::Sink> sink_;
  std::string name_;
  std::uint64_t bound_bytes_;
  sinks::WhenFull when_full_;
  std::function<void()> trouble_changed_;
  async::Bell news_;
  async::Bell stop_;
  async::Bell room_;
  std::deque<Held> queue_;
  std::map<const telemetry::Batch*, Amount> duplicates_, sampled_, given_up_,
      refused_;                 // of what is not settled
  std::deque<Held> unsettled_;  // written, and not yet as safe as was asked for; older than the queue
  std::uint64_t unsettled_weight_ = 0;
  std::size_t in_hand_ = 0;  // of the queue's front: the sink has them, they cannot be dropped
  std::uint64_t weight_ = 0;
  std::uint64_t handed_bytes_ = 0;
  std::uint64_t replayable_weight_ = 0;
  std::string trouble_;
  unsigned failures_ = 0;  // in a row
  bool finishing_ = false;
  bool rested_ = true;  // the sink keeps nothing that it could do without
  bool abandoned_ = false;
  ::prometheus::Counter* errors_;
  ::prometheus::Family<::prometheus::Gauge>& stalled_family_;
  ::prometheus::Gauge* stalled_;
};

// A sink among those of its signal.
struct Destination {
  Carrier* carrier = nullptr;
  std::string name;        // in the configuration, for routes; may be empty
  bool takes_all = false;  // what is routed to others, too
};

}  // namespace outrider::pipeline
