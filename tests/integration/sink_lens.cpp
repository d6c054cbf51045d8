// Hands numbered records to a real sink over the real network, and offers again what it did not take, as the
// pipeline does:  sink_lens ENTRY YAML RECORDS BATCH PAUSE_MS. Ends with one line of JSON.
#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/net/client.hpp"
#include "agent/net/streams/stream_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/files.hpp"
#include "agent/os/random.hpp"
#include "agent/sinks/shelf.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <prometheus/registry.h>

using namespace outrider;

namespace {

constexpr auto longest = std::chrono::minutes(3);

struct Task {
  std::uint64_t records = 0;
  std::uint64_t batch = 1;
  std::chrono::milliseconds pause{};
};

struct Tally {
  std::uint64_t delivered = 0, refused = 0, duplicates = 0, failures = 0;
  std::string last_failure, last_refusal;
};

telemetry::BatchPointer numbered(std::uint64_t first, std::uint64_t count) {
  auto batch = std::make_shared<telemetry::Batch>();
  telemetry::Shelter shelter;
  for (std::uint64_t n = first; n < first + count; ++n) {
    telemetry::Record record;
    const std::string text =
        fmt::format(R"({{"@timestamp":"2026-11-21T11:26:03.500Z","message":"line {0}","n":{0}}})", n);
    record.text = shelter.keep(text, batch->chunks);
    record.bytes = text.size() + 1;
    record.time = core::WallTime(std::chrono::milliseconds(1'795'260'363'500));
    record.origin = {1, 1'795'260'363, telemetry::stream_key("lens", "child output", 1), n};
    batch->records.push_back(record);
  }
  return batch;
}

core::Task<void> carry(sinks::Sink& sink, core::Clock& clock, Task task, Tally& tally) {
  const core::Instant end = clock.now() + longest;
  for (std::uint64_t first = 0; first < task.records;) {
    const std::uint64_t count = std::min(task.batch, task.records - first);
    const std::vector<telemetry::BatchPointer> batches{numbered(first, count)};
    for (;;) {
      const std::span<const telemetry::BatchPointer> view(batches);
      const core::Outcome<sinks::Receipt> outcome = co_await sink.deliver(view);
      if (outcome) {
        tally.refused += outcome->refused.size();
        if (!outcome->refused.empty()) tally.last_refusal = outcome->refused.back().why;
        for (const sinks::Duplicates& of : outcome->duplicates) tally.duplicates += of.records;
        break;
      }
      ++tally.failures;
      tally.last_failure = outcome.error().what;
      if (clock.now() > end) co_return;
      co_await clock.sleep(std::chrono::milliseconds(50));
    }
    tally.delivered += count;
    first += count;
    if (task.pause.count() > 0) co_await clock.sleep(task.pause);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 6) return EXIT_FAILURE;
  sinks::Shelf shelf;
  sinks::fill(shelf);
  const std::string_view name = words[1];
  const auto entry = std::ranges::find(shelf.entries(), name, &sinks::Entry::name);
  if (entry == shelf.entries().end()) return EXIT_FAILURE;
  const auto plan = config::load_text("lens.yaml", words[2], entry->kind);
  if (!plan) {
    std::cerr << plan.report.text();
    return EXIT_FAILURE;
  }
  const Task task{std::strtoull(words[3], nullptr, 10), std::strtoull(words[4], nullptr, 10),
                  std::chrono::milliseconds(std::strtoull(words[5], nullptr, 10))};

  const auto clock = os::make_clock();
  const auto random = os::make_random();
  const auto files = os::make_files();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(2);
  os::CapturedLog log;
  ::prometheus::Registry registry;
  Tally tally;
  async::run_here(
      [&](async::Executor) -> core::Task<void> {
        const auto http = net::make_client(*clock, *pool);
        const auto streams = net::make_stream_client(*clock, *pool);
        const sinks::Tools tools{*clock, *pool, *files, log, registry, *http, *random, *streams};
        const auto sink = plan.value->make(tools);
        co_await carry(*sink, *clock, task, tally);
      },
      [&] { pool.reset(); });
  std::cout << fmt::format(R"({{"delivered":{},"refused":{},"duplicates":{},"failures":{},"last_failure":{},)"
                           R"("last_refusal":{}}})",
                           tally.delivered, tally.refused, tally.duplicates, tally.failures,
                           boost::json::serialize(boost::json::value(tally.last_failure)),
                           boost::json::serialize(boost::json::value(tally.last_refusal)))
            << "\n";
  return tally.delivered == task.records ? EXIT_SUCCESS : EXIT_FAILURE;
}
