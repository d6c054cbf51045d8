#include "agent/pipeline/ledger/ledger.hpp"

#include <map>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

::prometheus::Family<::prometheus::Counter>& counters(::prometheus::Registry& registry, const char* name,
                                                      const char* help) {
  return ::prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

::prometheus::Family<::prometheus::Gauge>& gauges(::prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return ::prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::buffer_full: return "buffer_full";
    case Reason::shutdown: return "shutdown";
    case Reason::spool_full: return "spool_full";
    case Reason::filtered: return "filtered";
    case Reason::sampled: return "sampled";
    case Reason::rate_limited: return "rate_limited";
    case Reason::routed: return "routed";
    case Reason::refused: return "refused";
    case Reason::trace_let_go: return "trace_let_go";
  }
  return "";
}

bool is_wanted(Reason reason) {
  return reason == Reason::filtered || reason == Reason::sampled || reason == Reason::rate_limited ||
         reason == Reason::routed || reason == Reason::trace_let_go;
}

Amount amount_of(const telemetry::Record& record) { return {record.count, record.bytes}; }
Amount amount_of(const telemetry::Batch& batch) { return {batch.count(), batch.bytes()}; }

void Account::Meter::add(Amount amount) const {
  records->Increment(static_cast<double>(amount.records));
  bytes->Increment(static_cast<double>(amount.bytes));
}

Account::Account(std::string source, std::string sink, ::prometheus::Registry& registry)
    : source_(std::move(source)), sink_(std::move(sink)) {
  auto& records = counters(registry, "outrider_ledger_records_total",
                           "Records of the stream, by what became of them at the sink.");
  auto& bytes = counters(registry, "outrider_ledger_bytes_total",
                         "Bytes of the stream as read, by what became of them at the sink.");
  auto& reasons = counters(registry, "outrider_ledger_dropped_records_total",
                           "Records that never reached the sink, by reason.");
  const std::map<std::string, std::string> pair{{"source", source_}, {"sink", sink_}};
  const auto with = [&pair](const char* name, std::string_view value) {
    auto labels = pair;
    labels.emplace(name, value);
    return labels;
  };
  const auto meter = [&](std::string_view fate) {
    return Meter{&records.Add(with("fate", fate)), &bytes.Add(with("fate", fate))};
  };
  read_meter_ = meter("read");
  delivered_meter_ = meter("delivered");
  duplicate_meter_ = meter("duplicate");
  parked_meter_ = meter("parked");
  returned_meter_ = meter("returned");
  dropped_meter_ = meter("dropped");
  for (std::size_t i = 0; i < reason_count; ++i) {
    reason_meters_[i] = &reasons.Add(with("reason", name_of(static_cast<Reason>(i))));
  }
  in_flight_meter_ =
      &gauges(registry, "outrider_ledger_in_flight_records", "Records that were read and wait for the sink.")
           .Add(pair);
  imbalance_meter_ = &gauges(registry, "outrider_ledger_imbalance_records",
                             "Records that the ledger cannot account for; anything but 0 is a bug.")
                          .Add(pair);
}

void Account::read(Amount amount) {
  read_ += amount;
  read_meter_.add(amount);
}

void Account::delivered(Amount amount) {
  delivered_ += amount;
  delivered_meter_.add(amount);
}

void Account::duplicate(Amount amount) {
  duplicate_ += amount;
  duplicate_meter_.add(amount);
}

void Account::parked(Amount amount) {
  parked_ += amount;
  parked_meter_.add(amount);
}

void Account::returned(Amount amount) {
  returned_ += amount;
  returned_meter_.add(amount);
}

void Account::dropped(Amount amount, Reason reason) {
  dropped_[static_cast<std::size_t>(reason)] += amount;
  dropped_meter_.add(amount);
  reason_meters_[static_cast<std::size_t>(reason)]->Increment(static_cast<double>(amount.records));
}

void Account::set_in_flight(Amount amount) {
  in_flight_ = amount;
  in_flight_meter_->Set(static_cast<double>(amount.records));
}

Amount Account::total_dropped() const {
  Amount total;
  for (const Amount& amount : dropped_) total += amount;
  return total;
}

Amount Account::total_left_out() const {
  Amount total;
  for (std::size_t i = 0; i < reason_count; ++i) {
    if (is_wanted(static_cast<Reason>(i))) total += dropped_[i];
  }
  return total;
}

Amount Account::total_accounted() const {
  Amount total = delivered_;
  total += duplicate_;
  total += parked_;
  total += returned_;
  total += total_dropped();
  total += in_flight_;
  return total;
}

std::int64_t Account::imbalance() const {
  const Amount accounted = total_accounted();
  const auto records = static_cast<std::int64_t>(read_.records - accounted.records);
  return records == 0 && read_.bytes != accounted.bytes ? 1 : records;
}

bool Account::newly_unbalanced() {
  imbalance_meter_->Set(static_cast<double>(imbalance()));
  return imbalance() != 0 && !std::exchange(unbalanced_, true);
}

std::vector<const Account*> Ledger::check(const std::map<const Account*, Amount>& waiting) {
  std::vector<const Account*> unbalanced;
  for (Account& account : accounts_) {
    const auto held = waiting.find(&account);
    account.set_in_flight(held == waiting.end() ? Amount() : held->second);
    if (account.newly_unbalanced()) unbalanced.push_back(&account);
  }
  return unbalanced;
}

Account& Ledger::open(std::string source, std::string sink) {
  return accounts_.emplace_back(std::move(source), std::move(sink), registry_);
}

}  // namespace outrider::pipeline
