#include "agent/pipeline/parking/parking.hpp"

#include "agent/durable/packing.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t changes_at_once = 512;

// What it takes in the book, its place in the order included.
std::int64_t size_of(const ParkedRecord& parked, std::size_t packed_bytes) {
  return static_cast<std::int64_t>(2 * parked.key().size() + packed_bytes + 8);
}

}  // namespace

struct Parking::Step {
  struct OfSink {
    std::int64_t records = 0;
    std::int64_t bytes = 0;
    std::uint64_t refused = 0;
    std::map<std::string, std::uint64_t> gone;  // by fate
  };
  std::vector<durable::Change> changes;
  std::map<std::string, OfSink> sinks;
  std::set<std::string> touched;  // keys
  std::int64_t bytes = 0;
  std::uint64_t next_order = 0;
  std::uint64_t removed = 0;

  void remove(const ParkedRecord& parked) {
    changes.push_back({std::string(parked_table), parked.key(), std::nullopt});
    changes.push_back({std::string(parked_order_table), durable::key_of(parked.order), std::nullopt});
    count(parked, -1, parked.packed().size());
  }
  void count(const ParkedRecord& parked, int sign, std::size_t packed_bytes) {
    OfSink& of = sinks[parked.sink];
    of.records += sign;
    of.bytes += sign * size_of(parked, packed_bytes);
    bytes += sign * size_of(parked, packed_bytes);
  }
};

struct Parking::Sum {
  Sum(const std::string& sink, ::prometheus::Registry& registry)
      : gone_family(&::prometheus::BuildCounter()
                         .Name("outrider_parked_removed_total")
                         .Help("Parked records that are parked no more, by what became of them.")
                         .Register(registry)),
        sink_name(sink),
        records_meter(&::prometheus::BuildGauge()
                           .Name("outrider_parked_records")
                           .Help("Records that the sink refused for good and that are kept.")
                           .Register(registry)
                           .Add({{"sink", sink}})),
        refused_meter(&::prometheus::BuildCounter()
                           .Name("outrider_parked_total")
                           .Help("Records that were parked because the sink refused them for good.")
                           .Register(registry)
                           .Add({{"sink", sink}})) {}

  void gone(const std::string& fate, std::uint64_t count) {
    gone_family->Add({{"sink", sink_name}, {"fate", fate}}).Increment(static_cast<double>(count));
  }

  ::prometheus::Family<::prometheus::Counter>* gone_family;
  std::string sink_name;
  ::prometheus::Gauge* records_meter;
  ::prometheus::Counter* refused_meter;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// One at a time may change what is parked.
class Parking::Turn {
 public:
  explicit Turn(Parking& parking) : parking_(parking) { parking_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    parking_.busy_ = false;
    parking_.free_.ring();
  }

 private:
  Parking& parking_;
};

Parking::Parking(const async::Executor& carry, Tools tools, ParkingSettings settings)
    : tools_(tools),
      settings_(settings),
      free_(carry),
      bytes_meter_(&::prometheus::BuildGauge()
                        .Name("outrider_parked_bytes")
                        .Help("What the parked records take on the disk.")
                        .Register(tools.registry)
                        .Add({})) {
  ::prometheus::BuildGauge()
      .Name("outrider_parked_most_bytes")
      .Help("What the parked records may take on the disk.")
      .Register(tools.registry)
      .Add({})
      .Set(static_cast<double>(settings.most_bytes));
}

Parking::~Parking() = default;

std::uint64_t Parking::count() const {
  std::uint64_t sum = 0;
  for (const auto& [sink, of] : sums_) sum += of->records;
  return sum;
}

std::uint64_t Parking::count(const std::string& sink) const {
  const auto found = sums_.find(sink);
  return found == sums_.end() ? 0 : found->second->records;
}

std::vector<std::string> Parking::sinks() const {
  std::vector<std::string> names;
  for (const auto& [sink, sum] : sums_) names.push_back(sink);
  return names;
}

async::Task<std::unique_ptr<Parking::Turn>> Parking::turn() {
  while (busy_) co_await free_.wait();
  co_return std::make_unique<Turn>(*this);
}

async::Task<core::Outcome<>> Parking::opened() {
  if (open_) co_return core::Outcome<>();
  const auto work = [this] { return count_all(); };
  const core::Outcome<Step> counted = co_await async::offload(tools_.pool, work);
  if (!counted) co_return core::fail(counted.error());
  apply(*counted);
  open_ = true;
  co_return core::Outcome<>();
}

core::Outcome<Parking::Step> Parking::count_all() const {
  Step step;
  step.next_order = 1;
  const auto walked = walk_parked(tools_.book, {}, {}, [&step](const ParkedRecord& parked) {
    step.count(parked, 1, parked.packed().size());
    step.next_order = std::max(step.next_order, parked.order + 1);
    return true;
  });
  if (!walked) return core::fail(walked.error());
  return step;
}

async::Task<core::Outcome<>> Parking::open() {
  const auto ours = co_await turn();
  co_return co_await opened();
}

async::Task<core::Outcome<>> Parking::park(std::string sink, std::vector<sinks::Refused> refused) {
  if (refused.empty()) co_return core::Outcome<>();
  const auto ours = co_await turn();
  if (auto ready = co_await opened(); !ready) co_return core::fail("parking", ready.error());
  std::vector<ParkedRecord> records;
  const core::WallTime now = tools_.clock.wall();
  for (const sinks::Refused& one : refused) records.push_back(ParkedRecord::of(sink, one, now));
  const auto work = [this, &records]() -> core::Outcome<Step> {
    auto step = put(records);
    if (!step) return step;
    if (auto written = tools_.book.write(step->changes); !written) return core::fail(written.error());
    return step;
  };
  const core::Outcome<Step> done = co_await async::offload(tools_.pool, work);
  if (!done) co_return core::fail("cannot park what was refused", done.error());
  apply(*done);
  co_return core::Outcome<>();
}

// In the pool, while nobody else changes anything.
core::Outcome<Parking::Step> Parking::put(const std::vector<ParkedRecord>& records) const {
  Step step;
  step.next_order = next_order_;
  for (ParkedRecord parked : records) {
    if (!step.touched.insert(parked.key()).second) continue;  // offered twice in one delivery
    const auto before = tools_.book.read(parked_table, parked.key());
    if (!before) return core::fail(before.error());
    if (const auto old = *before ? ParkedRecord::unpacked(**before) : std::nullopt) {
      step.remove(*old);
      parked.times = old->times + 1;
    }
    parked.order = step.next_order++;
    std::string packed = parked.packed();
    step.count(parked, 1, packed.size());
    step.sinks[parked.sink].refused += 1;
    step.changes.push_back({std::string(parked_order_table), durable::key_of(parked.order), parked.key()});
    step.changes.push_back({std::string(parked_table), parked.key(), std::move(packed)});
  }
  const std::uint64_t wanted = bytes_ + static_cast<std::uint64_t>(std::max<std::int64_t>(step.bytes, 0));
  if (wanted <= settings_.most_bytes || step.bytes <= 0) return step;
  if (settings_.when_full == WhenParkingFull::hold) {
    return core::fail(
        core::Errc::exhausted,
        fmt::format("{} of {} bytes for parked records are used, and none of them is given up", bytes_,
                    settings_.most_bytes),
        "see `outrider parked list`; mend what the sink refuses and `outrider parked replay`, or "
        "`outrider parked drop`, or raise logs.parked.most_bytes");
  }
  if (auto given_up = give_up_oldest(step, wanted - settings_.most_bytes); !given_up) {
    return core::fail(given_up.error());
  }
  return step;
}

core::Outcome<> Parking::give_up_oldest(Step& step, std::uint64_t bytes) const {
  std::vector<std::string> keys;
  std::optional<core::Error> trouble;
  const std::int64_t enough = step.bytes - static_cast<std::int64_t>(bytes);
  auto walked = tools_.book.walk(parked_order_table, {}, [&](std::string_view, std::string_view key) {
    if (step.touched.contains(std::string(key))) return true;
    const auto packed = tools_.book.read(parked_table, key);
    if (!packed) {
      trouble = packed.error();
      return false;
    }
    const auto parked = *packed ? ParkedRecord::unpacked(**packed) : std::nullopt;
    if (!parked) return true;
    step.remove(*parked);
    step.sinks[parked->sink].gone["given_up"] += 1;
    return step.bytes > enough;
  });
  if (walked && trouble) return core::fail(*trouble);
  return walked;
}

async::Task<core::Outcome<std::vector<ParkedRecord>>> Parking::next_of(std::string sink, std::string after,
                                                                       std::uint64_t most_bytes) {
  const auto work = [&]() -> core::Outcome<std::vector<ParkedRecord>> {
    std::vector<ParkedRecord> found;
    std::uint64_t bytes = 0;
    const auto walked = walk_parked(tools_.book, sink, after, [&](const ParkedRecord& parked) {
      found.push_back(parked);
      bytes += parked.document.size() + parked.why.size() + sizeof parked;
      return bytes < most_bytes;
    });
    if (!walked) return core::fail(walked.error());
    return found;
  };
  co_return co_await async::offload(tools_.pool, work);
}

async::Task<core::Outcome<std::uint64_t>> Parking::remove(std::vector<ParkedRecord> records,
                                                          std::string fate) {
  const auto ours = co_await turn();
  if (auto ready = co_await opened(); !ready) co_return core::fail(ready.error());
  std::uint64_t gone = 0;
  for (std::size_t from = 0; from < records.size(); from += changes_at_once) {
    const auto first = records.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(changes_at_once, records.size() - from));
    const std::vector<ParkedRecord> some(first, last);
    const auto work = [this, &some, &fate]() -> core::Outcome<Step> {
      auto step = take(some, fate);
      if (!step) return step;
      if (auto written = tools_.book.write(step->changes); !written) return core::fail(written.error());
      return step;
    };
    const core::Outcome<Step> done = co_await async::offload(tools_.pool, work);
    if (!done) co_return core::fail(done.error());
    apply(*done);
    gone += done->removed;
  }
  co_return gone;
}

core::Outcome<Parking::Step> Parking::take(const std::vector<ParkedRecord>& records,
                                           const std::string& fate) const {
  Step step;
  step.next_order = next_order_;
  for (const ParkedRecord& given : records) {
    const auto packed = tools_.book.read(parked_table, given.key());
    if (!packed) return core::fail(packed.error());
    const auto now = *packed ? ParkedRecord::unpacked(**packed) : std::nullopt;
    if (!now || now->order != given.order || !step.touched.insert(given.key()).second) continue;
    step.remove(*now);
    step.sinks[now->sink].gone[fate] += 1;
    step.removed += 1;
  }
  return step;
}

void Parking::expect(const std::string& sink) {
  Sum& sum = sum_of(sink);
  for (const char* fate : {"replayed", "dropped", "given_up"}) sum.gone(fate, 0);
}

Parking::Sum& Parking::sum_of(const std::string& sink) {
  auto& sum = sums_[sink];
  if (!sum) sum = std::make_unique<Sum>(sink, tools_.registry);
  return *sum;
}

void Parking::apply(const Step& step) {
  next_order_ = std::max(next_order_, step.next_order);
  bytes_ += static_cast<std::uint64_t>(step.bytes);
  for (const auto& [sink, of] : step.sinks) {
    Sum& sum = sum_of(sink);
    sum.records += static_cast<std::uint64_t>(of.records);
    sum.bytes += static_cast<std::uint64_t>(of.bytes);
    sum.records_meter->Set(static_cast<double>(sum.records));
    sum.refused_meter->Increment(static_cast<double>(of.refused));
    for (const auto& [fate, count] : of.gone) sum.gone(fate, count);
  }
  bytes_meter_->Set(static_cast<double>(bytes_));
}

}  // namespace outrider::pipeline
