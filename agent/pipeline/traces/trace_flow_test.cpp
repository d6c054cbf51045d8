#include "agent/pipeline/traces/trace_flow.hpp"

#include "agent/pipeline/spool/test_world.hpp"
#include "agent/tracing/test_traces.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using tracing::testing::request_with;
using tracing::testing::TestSpan;

tracing::SamplingSettings only_errors() {
  tracing::Rule rule;
  rule.name = "errors";
  rule.errors = true;
  tracing::SamplingSettings settings;
  settings.keep = {rule};
  return settings;
}

struct House {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  spool_testing::QuietLog log;
  spool_testing::FullBook book;
  std::vector<std::string> taken;
  bool away = false;
  TraceSettings settings;

  struct Run {
    ::prometheus::Registry registry;
    Ledger ledger{registry};
    telemetry::Board board;
    std::vector<std::unique_ptr<Carrier>> carriers;
    std::unique_ptr<TraceFlow> flow;
    std::unique_ptr<async::Nursery> nursery;
  };
  std::unique_ptr<Run> run;

  House() { settings.sample = only_errors(); }
  ~House() {
    if (run) end(false);
  }

  void start() {
    run = std::make_unique<Run>();
    const auto executor = loop.get_executor();
    const Carrier::Tools tools{clock, *random, log, run->registry, {}};
    run->carriers.push_back(std::make_unique<Carrier>(
        executor, tools, std::make_unique<spool_testing::TestSink>("jaeger", taken, away), 1u << 20,
        sinks::WhenFull::drop_oldest, [] {}));
    const Spool::Tools for_spool{clock, *pool, log, book, run->registry, run->ledger};
    run->flow = std::make_unique<TraceFlow>(executor, for_spool, run->board, settings,
                                            std::vector<Destination>{{run->carriers[0].get(), {}}});
    if (auto sampling = run->flow->make_sampling(tools, [] {})) run->carriers.push_back(std::move(sampling));
    run->nursery = std::make_unique<async::Nursery>(executor);
    run->nursery->start(open_and_run(*run));
    clock.settle();
  }

  // With `saves`: in good order. Without: as kill -9 does.
  void end(bool saves) {
    if (!saves) book.full = true;
    run->flow->finish();
    for (Spool* const spool : run->flow->spools()) spool->close();
    for (const auto& carrier : run->carriers) carrier->abandon();
    for (int i = 0; i < 60 && run->nursery->size() > 0; ++i) clock.advance(1s);
    ASSERT_EQ(run->nursery->size(), 0u);
    book.full = false;
    if (saves) {
      async::Nursery saving(loop.get_executor());
      for (Spool* const spool : run->flow->spools()) saving.start(spool->save());
      clock.settle();
    }
    run.reset();
  }

  // Whether its sender hears that it was taken.
  bool send(const std::string& request, std::uint32_t count) {
    telemetry::Batch batch;
    batch.stream = sources::trace_stream;
    telemetry::Shelter shelter(request.size() + 1);
    telemetry::Record record;
    record.text = shelter.keep(request, batch.chunks);
    record.bytes = request.size();
    record.count = count;
    batch.records.push_back(record);
    bool heard = false, fine = false;
    async::Nursery asking(loop.get_executor());
    asking.start(ask(run->flow->intake(), std::move(batch), heard, fine));
    for (int i = 0; i < 300 && !heard; ++i) clock.advance(10ms);
    EXPECT_TRUE(heard);
    return fine;
  }

  std::set<std::uint64_t> arrived() const {
    std::set<std::uint64_t> numbers;
    for (const std::string& request : taken) {
      for (const std::uint64_t number : tracing::testing::otlp::numbers_of(request)) numbers.insert(number);
    }
    return numbers;
  }

  void expect_balanced() {
    std::map<const Account*, Amount> waiting;
    for (const Spool* const spool : run->flow->spools()) waiting.merge(spool->waiting());
    for (const auto& carrier : run->carriers) waiting.merge(carrier->waiting());
    for (const Account* account : run->ledger.check(waiting))
      ADD_FAILURE() << account->source() << " to " << account->sink() << ": " << account->imbalance();
  }

 private:
  static async::Task<void> open_and_run(Run& run) {
    co_await run.flow->open();
    async::Nursery parts(co_await boost::asio::this_coro::executor);
    for (const auto& carrier : run.carriers) parts.start(carrier->run());
    for (Spool* const spool : run.flow->spools()) parts.start(spool->run());
    co_await parts.join();
  }
  static async::Task<void> ask(sources::KeepingIntake& intake, telemetry::Batch batch, bool& heard,
                               bool& fine) {
    auto keeping = intake.keep(std::move(batch));
    const core::Outcome<sources::Kept> kept = co_await std::move(keeping);
    heard = true;
    fine = kept.has_value();
  }
};

TEST(TraceFlow, HandsOnWhatIsWorthItOnceItsTraceIsJudged) {
  House house;
  house.start();
  EXPECT_TRUE(house.send(request_with({{.trace = 1, .id = 1, .failed = true}, {.trace = 2, .id = 2}}), 2));
  EXPECT_TRUE(house.send(request_with({{.trace = 1, .id = 3, .parent = 1}}), 1));
  house.clock.advance(4s);
  EXPECT_TRUE(house.arrived().empty());
  house.expect_balanced();
  house.clock.advance(5s);
  EXPECT_EQ(house.arrived(), (std::set<std::uint64_t>{1, 3}));
  house.expect_balanced();
}

TEST(TraceFlow, NothingIsTakenThatWouldOnlyBeInMemory) {
  House house;
  house.book.lasts = false;
  house.start();
  EXPECT_FALSE(house.send(request_with({{.trace = 1, .id = 1, .failed = true}}), 1));
  house.clock.advance(20s);
  EXPECT_TRUE(house.arrived().empty());
}

TEST(TraceFlow, NothingOfAKeptTraceIsLostWhenNeitherTheDiskNorTheReceiverTakesAnything) {
  House house;
  house.start();
  EXPECT_TRUE(house.send(request_with({{.trace = 1, .id = 1, .failed = true}}), 1));
  house.book.full = true;
  house.away = true;
  EXPECT_FALSE(house.send(request_with({{.trace = 2, .id = 2, .failed = true}}), 1));
  house.clock.advance(60s);
  house.expect_balanced();
  house.book.full = false;
  house.clock.advance(30s);
  EXPECT_TRUE(house.send(request_with({{.trace = 3, .id = 3, .failed = true}}), 1));
  house.clock.advance(60s);
  EXPECT_TRUE(house.arrived().empty());
  house.away = false;
  house.clock.advance(60s);
  EXPECT_TRUE(house.arrived().contains(1) && house.arrived().contains(3));
  house.expect_balanced();
}

TEST(TraceFlow, WithoutSamplingAllOfItGoesOnAndSoDoesWhatWasKeptBefore) {
  House house;
  house.away = true;
  house.start();
  EXPECT_TRUE(house.send(request_with({{.trace = 1, .id = 1, .failed = true}}), 1));
  house.clock.advance(10s);
  EXPECT_TRUE(house.send(request_with({{.trace = 2, .id = 2}}), 1));
  house.end(true);
  house.settings.sample.reset();
  house.away = false;
  house.start();
  EXPECT_TRUE(house.send(request_with({{.trace = 3, .id = 3}}), 1));
  house.clock.advance(5s);
  EXPECT_EQ(house.arrived(), (std::set<std::uint64_t>{1, 2, 3}));
  house.expect_balanced();
}

// Traces in pieces, through kills, ends in good order, a receiver that is away and a disk that is full.
struct Story {
  explicit Story(std::uint32_t seed) : random(os::make_seeded_random(seed)) {}

  House house;
  std::unique_ptr<core::Random> random;
  std::map<std::uint64_t, std::uint64_t> trace_of;  // of each span that was taken
  std::set<std::uint64_t> failed, seemed_to;        // traces, of what was taken and of what was not
  std::uint64_t next_span = 0;

  std::uint64_t up_to(std::uint64_t most) { return random->next() % (most + 1); }

  void send(std::uint64_t trace, bool is_root, bool fails) {
    const std::uint64_t id = ++next_span;
    const std::string request =
        request_with({{.trace = trace, .id = id, .parent = is_root ? 0u : 1u, .failed = fails}});
    const bool taken = house.send(request, 1);
    if (fails) seemed_to.insert(trace);
    if (!taken) return;
    trace_of[id] = trace;
    if (fails) failed.insert(trace);
  }

  void something_happens() {
    switch (up_to(40)) {
      case 0:
        house.end(false);
        house.start();
        break;
      case 1:
        house.end(true);
        house.start();
        break;
      case 2: house.away = !house.away; break;
      case 3:
        house.book.full = true;
        house.clock.advance(3s);
        house.book.full = false;
        break;
      default: house.clock.advance(std::chrono::milliseconds(up_to(400)));
    }
  }

  void play() {
    house.start();
    for (std::uint64_t trace = 1; trace <= 150; ++trace) {
      const bool fails = up_to(3) == 0;
      send(trace, false, fails);
      something_happens();
      send(trace, false, false);
      something_happens();
      if (up_to(9) > 0) send(trace, true, false);
    }
    house.away = false;
    for (int i = 0; i < 90; ++i) house.clock.advance(1s);
  }
};

TEST(TraceFlow, EveryTakenSpanOfATraceThatFailedArrivesAndNoneOfAnother) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Story story(seed);
    story.play();
    const std::set<std::uint64_t> arrived = story.house.arrived();
    for (const auto& [span, trace] : story.trace_of) {
      if (story.seemed_to.contains(trace) && !story.failed.contains(trace))
        continue;  // its sender comes again
      ASSERT_EQ(arrived.contains(span), story.failed.contains(trace)) << "seed " << seed << " span " << span;
    }
    story.house.expect_balanced();
  }
}

}  // namespace
}  // namespace outrider::pipeline
