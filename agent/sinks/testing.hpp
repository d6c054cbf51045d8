// For this shelf's tests: a sink's world in virtual time, and batches to offer.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::sinks::testing {

// Records with places of their own, counted from `first`.
inline telemetry::BatchPointer batch_of(const std::vector<std::string>& texts, std::uint64_t first = 0) {
  auto batch = std::make_shared<telemetry::Batch>();
  batch->stream = "child output";
  telemetry::Shelter shelter;
  for (const auto& text : texts) {
    telemetry::Record record;
    record.text = shelter.keep(text, batch->chunks);
    record.bytes = text.size() + 1;
    record.origin = {1, 1'700'000'000, telemetry::stream_key("here", "child output", 1), first++};
    batch->records.push_back(record);
  }
  return batch;
}

// {"n":first} … {"n":first+count-1}
inline telemetry::BatchPointer numbered(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> texts;
  for (std::uint64_t n = first; n < first + count; ++n) texts.push_back("{\"n\":" + std::to_string(n) + "}");
  return batch_of(texts, first);
}

struct House {
  House() = default;
  House(const House&) = delete;
  House& operator=(const House&) = delete;
  ~House() {
    deliveries.cancel();
    nursery.cancel();
    clock.settle();
  }

  // What comes of an offer within `length`; nothing: it still goes on.
  std::optional<core::Outcome<Receipt>> deliver(Sink& sink, std::vector<telemetry::BatchPointer> batches,
                                                core::Duration length = std::chrono::minutes(5)) {
    begin(sink, std::move(batches));
    const core::Instant end = clock.now() + length;
    clock.settle();
    while (!outcome && clock.now() < end) clock.advance(std::chrono::milliseconds(50));
    return outcome;
  }
  void begin(Sink& sink, std::vector<telemetry::BatchPointer> batches) {
    outcome.reset();
    deliveries.start(offer(sink, std::move(batches), outcome));
  }

  std::string metrics() { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }
  bool shows(const std::string& series) { return metrics().find(series + "\n") != std::string::npos; }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  os::CapturedLog log;
  ::prometheus::Registry registry;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> http = net.make_client();
  net::SimStreams streams{clock, loop.get_executor()};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  Tools tools{clock, *pool, files, log, registry, *http, *random, streams};
  std::optional<core::Outcome<Receipt>> outcome;
  async::Nursery nursery{loop.get_executor()};     // of the other side
  async::Nursery deliveries{loop.get_executor()};  // of ours: may be cancelled

  static core::Task<void> offer(Sink& sink, std::vector<telemetry::BatchPointer> batches,
                                std::optional<core::Outcome<Receipt>>& outcome) {
    const std::span<const telemetry::BatchPointer> view(batches);
    outcome = co_await sink.deliver(view);
  }
};

}  // namespace outrider::sinks::testing
