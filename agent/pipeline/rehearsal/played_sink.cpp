#include "agent/async/nursery.hpp"
#include "agent/async/pool.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/pipeline/rehearsal/cluster.hpp"
#include "agent/pipeline/rehearsal/played.hpp"
#include "agent/sinks/shelf.hpp"

#include <memory>
#include <optional>

#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr int most_deliveries = 10;  // then it waits still

class NoLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {}
};

struct PlayedStage {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  NoLog log;
  ::prometheus::Registry registry;
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  PlayedCluster cluster;
  std::unique_ptr<sinks::Sink> sink;
  async::Nursery deliveries{loop.get_executor()};

  explicit PlayedStage(std::vector<PlayedCluster::Statuses> answers) : cluster(std::move(answers)) {}
  PlayedStage(const PlayedStage&) = delete;
  PlayedStage& operator=(const PlayedStage&) = delete;
  ~PlayedStage() {
    deliveries.cancel();
    clock.settle();
  }

  bool find_elasticsearch(const LogSettings& logs) {
    const sinks::Tools tools{clock, *pool, files, log, registry, cluster, *random};
    for (const sinks::Plan& plan : logs.send_to) {
      sink = plan.make(tools);
      if (sink->name().starts_with("elasticsearch")) return true;
    }
    return false;
  }

  static core::Task<void> offer(sinks::Sink& sink, std::vector<telemetry::BatchPointer> batches,
                                std::optional<core::Outcome<sinks::Receipt>>& outcome) {
    const std::span<const telemetry::BatchPointer> view(batches);
    core::Task<core::Outcome<sinks::Receipt>> delivering = sink.deliver(view);
    outcome = co_await std::move(delivering);
  }

  core::Outcome<sinks::Receipt> deliver(const std::vector<telemetry::BatchPointer>& batches) {
    std::optional<core::Outcome<sinks::Receipt>> outcome;
    deliveries.start(offer(*sink, batches, outcome));
    clock.settle();
    for (int i = 0; i < 100'000 && !outcome; ++i) clock.advance(50ms);
    if (outcome) return std::move(*outcome);
    deliveries.cancel();
    clock.settle();
    return core::fail(core::Errc::timed_out, "cannot wait for it any longer");
  }
};

telemetry::BatchPointer batch_of(const Came& came) {
  auto batch = std::make_shared<telemetry::Batch>();
  batch->stream = "test";
  telemetry::Shelter shelter(came.document.size() + 1);
  telemetry::Record record = came.record;
  record.text = shelter.keep(came.document, batch->chunks);
  batch->records.push_back(record);
  return batch;
}

std::string id_of(const Came& came) {
  std::string id;
  telemetry::append_document_id(id, came.record.origin);
  return id;
}

// Each for itself: what one waits for is no other's fate.
void settle(PlayedStage& stage, Came& came) {
  const std::vector<telemetry::BatchPointer> batches{batch_of(came)};
  core::Outcome<sinks::Receipt> done = stage.deliver(batches);
  for (int i = 1; i < most_deliveries && !done; ++i) done = stage.deliver(batches);
  came.tries = stage.cluster.tries(id_of(came));
  came.becomes = "delivered";
  if (!done) {
    came.becomes = "waiting";
    came.answer = done.error().what;
  } else if (!done->duplicates.empty()) {
    came.becomes = "duplicate";
  } else if (!done->refused.empty()) {
    came.becomes = "parked";
    came.answer = done->refused.front().why;
  }
}

}  // namespace

core::Outcome<> through_sink(const LogSettings& logs, const std::vector<std::vector<std::int64_t>>& answers,
                             std::vector<Came>& came) {
  PlayedStage stage(answers);
  if (!stage.find_elasticsearch(logs))
    return core::fail(core::Errc::invalid, "cannot play answers: no element of send_to is elasticsearch",
                      "take `answers` out of the test, or name the destination");
  for (Came& one : came) {
    if (!one.document.empty()) settle(stage, one);
  }
  return {};
}

}  // namespace outrider::pipeline
