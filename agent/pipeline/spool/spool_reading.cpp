// From the spool to the sinks: each at its own pace, out of memory while it keeps up, from the disk when not.
#include "agent/async/race.hpp"
#include "agent/pipeline/intake/left_out.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/pipeline/spool/spool_parts.hpp"

#include <algorithm>
#include <utility>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t read_bytes = most_joined_bytes;  // from the disk at once

}  // namespace

async::Task<void> Spool::feed(Lane& lane) {
  while (!closed_) {
    if (lane.pushed >= next_ || shedding_ || lags() || (kind_.one_by_one && is_in_doubt(lane))) {
      co_await news_.wait();
    } else if (!lane.carrier.has_room()) {
      std::vector<async::Task<void>> either;
      either.push_back(lane.carrier.wait_for_room());
      either.push_back(closing_.wait());
      co_await async::race_all(std::move(either));
    } else {
      std::vector<SpooledBatch> batches = co_await next_for(lane);
      for (SpooledBatch& spooled : batches) hand_on(lane, std::move(spooled));
      news_.ring();
    }
  }
}

// While the disk cannot be written to nobody waits for it: to stand still would be worse than to send again.
bool Spool::is_in_doubt(const Lane& lane) const {
  return !lane.flights.empty() || (trouble_.empty() && (saving_cursors_ || !moved_.empty()));
}

async::Task<std::vector<SpooledBatch>> Spool::next_for(Lane& lane) {
  std::vector<SpooledBatch> found = recent_for(lane);
  if (!found.empty()) co_return found;
  const std::uint64_t end = next_;
  lane.reading = true;
  const std::uint64_t most = kind_.one_by_one ? 1 : read_bytes;
  const auto work = [this, most, from = lane.pushed] { return store_.read(from, most); };
  core::Outcome<std::vector<SpooledBatch>> read = co_await async::offload(tools_.pool, work);
  lane.reading = false;
  if (read) {
    if (read->empty()) {  // what was there is lost; open() has counted it
      lane.pushed = end;
      lane.flights.push_back(std::make_shared<Lane::Flight>(Lane::Flight{end, true}));
      advance(lane);
    }
    lane.trouble.clear();
    co_return std::move(*read);
  }
  if (lane.trouble.empty()) {
    tools_.log.error(
        "pipeline", "Cannot read from the spool",
        {{"sink", lane.carrier.name()}, {"why", read.error().what}, {"hint", read.error().hint}});
  }
  lane.trouble = read.error().what;
  news_.ring();
  (void)co_await closing_.wait_until(tools_.clock, tools_.clock.now() + 1s);
  co_return found;
}

std::vector<SpooledBatch> Spool::recent_for(const Lane& lane) const {
  std::vector<SpooledBatch> found;
  if (recent_.empty() || recent_.front().first > lane.pushed) return found;
  std::uint64_t weight = 0;
  for (const SpooledBatch& one : recent_) {
    if (one.first < lane.pushed) continue;
    found.push_back(one);
    weight += one.batch.weight();
    if (weight >= read_bytes || kind_.one_by_one) break;
  }
  return found;
}

void Spool::hand_on(Lane& lane, SpooledBatch spooled) {
  lane.pushed = spooled.end();
  Account& with = account(spooled.batch.stream, lane.carrier.name());
  telemetry::Share share = lane.share_of(spooled.batch);
  count_routed(share, with);
  spooled.batch = std::move(share.batch);
  const auto flight =
      std::make_shared<Lane::Flight>(Lane::Flight{spooled.end(), spooled.batch.records.empty()});
  lane.flights.push_back(flight);
  if (flight->safe) return advance(lane);  // all of it was shed, or goes elsewhere
  auto settled = [this, &lane, flight, bytes = spooled.batch.weight()](telemetry::Fate fate) {
    flight->safe = fate == telemetry::Fate::delivered;
    if (flight->safe) unsaved_bytes_ += bytes;
    advance(lane);
  };
  spooled.batch.acknowledgement = std::make_shared<telemetry::Acknowledgement>(1, std::move(settled));
  with.read(amount_of(spooled.batch));
  auto shared = std::make_shared<const telemetry::Batch>(std::move(spooled.batch));
  flight->batch = shared.get();
  lane.carrier.push_replayable(std::move(shared), with);
}

core::Instant Spool::since(const telemetry::Batch& batch) const {
  for (const auto& lane : lanes_) {
    const auto& flights = lane->flights;
    const auto flight = std::ranges::find(flights, &batch, [](const auto& one) { return one->batch; });
    if (flight == flights.end()) continue;
    const auto time = std::ranges::lower_bound(times_, (*flight)->end, {}, &Time::first);
    if (time != times_.end()) return time->second;
  }
  return tools_.clock.now();
}

// The place moves on only when all before it is safe.
void Spool::advance(Lane& lane) {
  const std::uint64_t before = lane.settled;
  for (; !lane.flights.empty() && lane.flights.front()->safe; lane.flights.pop_front()) {
    lane.settled = lane.flights.front()->end;
  }
  if (lane.settled == before) return;
  moved_[lane.carrier.name()] = lane.settled;
  while (!times_.empty() && times_.front().first <= needed_from()) times_.pop_front();
  news_.ring();
}

}  // namespace outrider::pipeline
