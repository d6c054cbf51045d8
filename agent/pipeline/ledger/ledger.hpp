// The account book of the upper river, one account for each stream and sink:
//   read = delivered + duplicate + parked + returned + dropped (by reason) + in flight,   in records and
//   bytes.
// Duplicate: the sink had it already. Parked: it will never take it as it is. Returned: not delivered before
// the end, and read again later.
// In flight is counted in the queues themselves, not worked out from the rest; so the sum is a real check.
#pragma once

#include "agent/telemetry/record.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace outrider::pipeline {

enum class Reason : std::uint8_t {
  buffer_full,
  shutdown,
  spool_full,
  filtered,
  sampled,
  rate_limited,
  routed,
  refused,
  trace_let_go
};
inline constexpr std::size_t reason_count = 9;

// Whether somebody wrote in the configuration that such records should not arrive; nothing is lost then.
bool is_wanted(Reason reason);

std::string_view name_of(Reason reason);

struct Amount {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;

  Amount& operator+=(Amount more) {
    records += more.records;
    bytes += more.bytes;
    return *this;
  }
  Amount& operator-=(Amount less) {
    records -= less.records;
    bytes -= less.bytes;
    return *this;
  }
  bool operator==(const Amount&) const = default;
};

Amount amount_of(const telemetry::Record& record);
Amount amount_of(const telemetry::Batch& batch);

class Account {
 public:
  Account(std::string source, std::string sink, ::prometheus::Registry& registry);

  void read(Amount amount);
  void delivered(Amount amount);
  void duplicate(Amount amount);
  void parked(Amount amount);
  void returned(Amount amount);
  void dropped(Amount amount, Reason reason);
  // What the queue holds now, as the queue counts it.
  void set_in_flight(Amount amount);

  const std::string& source() const { return source_; }
  const std::string& sink() const { return sink_; }
  Amount total_read() const { return read_; }
  Amount total_delivered() const { return delivered_; }
  Amount total_duplicate() const { return duplicate_; }
  Amount total_parked() const { return parked_; }
  Amount total_returned() const { return returned_; }
  Amount total_dropped() const;
  Amount total_left_out() const;  // of it, what the configuration wants so
  Amount total_accounted() const;
  Amount in_flight() const { return in_flight_; }
  // read less all that is known of, in records; where only the bytes do not agree, 1. Anything but 0
  // is a bug of ours.
  std::int64_t imbalance() const;
  // True the first time it does not sum to zero, in records or bytes; also sets the metric.
  bool newly_unbalanced();

 private:
  struct Meter {
    ::prometheus::Counter* records = nullptr;
    ::prometheus::Counter* bytes = nullptr;
    void add(Amount amount) const;
  };

  std::string source_;
  std::string sink_;
  Amount read_, delivered_, duplicate_, parked_, returned_, in_flight_;
  std::array<Amount, reason_count> dropped_{};
  Meter read_meter_, delivered_meter_, duplicate_meter_, parked_meter_, returned_meter_, dropped_meter_;
  std::array<::prometheus::Counter*, reason_count> reason_meters_{};
  ::prometheus::Gauge* in_flight_meter_ = nullptr;
  ::prometheus::Gauge* imbalance_meter_ = nullptr;
  bool unbalanced_ = false;
};

class Ledger {
 public:
  explicit Ledger(::prometheus::Registry& registry) : registry_(registry) {}

  Account& open(std::string source, std::string sink);
  std::deque<Account>& accounts() { return accounts_; }

  // Holds what the queues say they hold against the books, for the metrics too. Gives the accounts that do
  // not sum to zero and were not told of before.
  std::vector<const Account*> check(const std::map<const Account*, Amount>& waiting);

 private:
  ::prometheus::Registry& registry_;
  std::deque<Account> accounts_;  // a deque: an account's place never changes
};

}  // namespace outrider::pipeline
