#include "agent/pipeline/parking/replaying.hpp"

#include "agent/async/race.hpp"
#include "agent/pipeline/spool/arrival.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t bytes_at_once = 256u << 10;

std::map<std::string, std::vector<ParkedRecord>> by_stream(std::vector<ParkedRecord> records,
                                                           const std::string& id) {
  std::map<std::string, std::vector<ParkedRecord>> streams;
  for (ParkedRecord& parked : records) {
    if (id.empty() || parked.id == id) streams[parked.stream].push_back(std::move(parked));
  }
  return streams;
}

telemetry::Batch batch_of(const std::string& stream, const std::vector<ParkedRecord>& records) {
  telemetry::Batch batch;
  batch.stream = stream;
  telemetry::Shelter shelter;
  for (const ParkedRecord& parked : records) {
    telemetry::Record record = parked.record;
    record.text = shelter.keep(parked.document, batch.chunks);
    batch.records.push_back(record);
  }
  return batch;
}

// True when it is known what came of it.
async::Task<bool> offer(Carrier& carrier, Account& account, core::Clock& clock, telemetry::Batch batch,
                        core::Instant until) {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  if (!carrier.has_room()) co_await async::finish_within(clock, until - clock.now(), carrier.wait_for_room());
  if (!carrier.has_room()) co_return false;
  const auto arrival = expect_arrival(executor, batch);
  account.read(amount_of(batch));
  carrier.push_replayable(std::make_shared<const telemetry::Batch>(std::move(batch)), account);
  co_await async::finish_within(clock, until - clock.now(), wait_for(arrival));
  co_return arrival->fate == telemetry::Fate::delivered;
}

}  // namespace

async::Task<core::Outcome<Replayed>> replay_parked(Parking& parking, Carrier& carrier, Account& account,
                                                   core::Clock& clock, std::string id, core::Instant until) {
  Replayed replayed;
  for (std::string after; clock.now() < until;) {
    auto next = co_await parking.next_of(carrier.name(), after, bytes_at_once);
    if (!next) co_return core::fail(next.error());
    if (next->empty()) co_return replayed;
    after = next->back().key();
    auto streams = by_stream(std::move(*next), id);
    for (auto& [stream, records] : streams) {
      const bool known = co_await offer(carrier, account, clock, batch_of(stream, records), until);
      replayed.in_time = known;
      if (!known) co_return replayed;
      const std::uint64_t offered = records.size();
      const auto gone = co_await parking.remove(std::move(records), "replayed");
      if (!gone) co_return core::fail(gone.error());
      replayed.taken += *gone;
      replayed.refused += offered - *gone;
    }
  }
  replayed.in_time = false;
  co_return replayed;
}

async::Task<core::Outcome<std::uint64_t>> drop_parked(Parking& parking, std::string sink, std::string id) {
  std::uint64_t dropped = 0;
  for (std::string after;;) {
    auto next = co_await parking.next_of(sink, after, bytes_at_once);
    if (!next) co_return core::fail(next.error());
    if (next->empty()) co_return dropped;
    after = next->back().key();
    if (!id.empty()) std::erase_if(*next, [&id](const ParkedRecord& parked) { return parked.id != id; });
    const auto gone = co_await parking.remove(std::move(*next), "dropped");
    if (!gone) co_return core::fail(gone.error());
    dropped += *gone;
  }
}

}  // namespace outrider::pipeline
