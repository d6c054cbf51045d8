#include "agent/pipeline/replay/lane.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/config/load.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/pipeline/settings.hpp"

#include <cstring>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::pipeline;
using namespace std::chrono_literals;

namespace {

// A sink that does as the test says, and keeps what it was given.
class ToldSink final : public sinks::Sink {
 public:
  struct Orders {
    bool down = false;
    bool silent = false;    // takes it, and never answers
    std::string refuse;     // records with this in their text
    std::string duplicate;  // these it has already
    std::vector<std::string> texts;
  };
  ToldSink(core::Clock& clock, Orders& orders) : clock_(clock), orders_(orders) {}

  std::string name() const override { return "told"; }
  std::uint64_t appetite_bytes() const override { return 1000; }

  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override {
    while (orders_.silent) co_await clock_.sleep(1s);
    if (orders_.down) co_return core::fail(core::Errc::unavailable, "cannot reach it");
    sinks::Receipt receipt;
    for (const auto& batch : batches) {
      for (std::size_t i = 0; i < batch->records.size(); ++i) {
        const std::string text(batch->records[i].text);
        const auto has = [&text](const std::string& part) {
          return !part.empty() && text.find(part) != std::string::npos;
        };
        if (has(orders_.refuse)) {
          receipt.refused.push_back({batch, i, "no such field"});
        } else if (has(orders_.duplicate)) {
          receipt.duplicates.push_back({batch.get(), 1, batch->records[i].bytes});
        } else {
          orders_.texts.push_back(text);
        }
      }
    }
    co_return receipt;
  }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

 private:
  core::Clock& clock_;
  Orders& orders_;
};

struct LaneHouse {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::CapturedLog log;
  ::prometheus::Registry registry;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  core::Resource resource;
  Ledger ledger{registry};
  Account& account = ledger.open("/a.log", "told");
  ToldSink::Orders orders;
  std::vector<std::string> parked;
  bool parking_fails = false;
  Checkpoints checkpoints{loop.get_executor(), {clock, *pool, log, *book, registry}};
  std::unique_ptr<Carrier> carrier;
  std::unique_ptr<SinkLane> lane;
  std::unique_ptr<async::Nursery> nursery;
  std::uint64_t at = 0;

  explicit LaneHouse(const std::string& read = "{child: output, format: text}",
                     const std::string& steps = "") {
    auto logs =
        config::load_text("test",
                          "{read: [" + read + "], " + steps +
                              "send_to: [{file: {path: /x}, name: told}, {file: {path: /y}, name: other}]}",
                          logs_kind());
    EXPECT_TRUE(logs) << read;
    const auto park = [this](std::string, std::vector<sinks::Refused> refused) {
      return keep(std::move(refused));
    };
    carrier = std::make_unique<Carrier>(
        loop.get_executor(), Carrier::Tools{clock, *random, log, registry, park},
        std::make_unique<ToldSink>(clock, orders), 1 << 20, sinks::WhenFull::drop_oldest, [] {});
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource, registry},
                                                     plan_of(*logs.value, logs.value->read.front()));
    chain->serve_only("told");
    lane = std::make_unique<SinkLane>(
        loop.get_executor(), SinkLane::Ends{clock, *carrier, account, checkpoints}, std::move(chain));
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(carrier->run());
    clock.settle();
  }
  ~LaneHouse() {
    carrier->finish();
    clock.advance(1s);
    carrier->abandon();
    clock.advance(20s);
    EXPECT_EQ(nursery->size(), 0u);
  }

  core::Task<core::Outcome<>> keep(std::vector<sinks::Refused> refused) {
    if (parking_fails) co_return core::fail(core::Errc::exhausted, "the disk is full");
    for (const auto& one : refused) parked.push_back(one.why);
    co_return core::Outcome<>();
  }

  // The lines of `text`, read of one file at `at`.
  void read(const std::string& text, std::uint32_t generation = 1) {
    auto chunk = std::make_shared<telemetry::Chunk>(text.size());
    std::memcpy(chunk->end(), text.data(), text.size());
    chunk->grow(text.size());
    telemetry::Batch batch;
    batch.stream = "/a.log";
    batch.chunks.push_back(chunk);
    const std::uint64_t from = at;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = text.find('\n', start);
      telemetry::Record record;
      record.text = chunk->from(0).substr(start, end - start);
      record.bytes = end + 1 - start;
      record.origin.generation = generation;
      record.origin.offset = at;
      at += record.bytes;
      start = end + 1;
      batch.records.push_back(record);
    }
    lane->take(std::move(batch), {part(generation), generation, from, at});
    clock.settle();
  }
  std::string part(std::uint32_t generation) const { return "part" + std::to_string(generation); }

  bool has_room() {
    bool got = false;
    auto ask = [](SinkLane& of, bool& result) -> core::Task<void> { result = co_await of.room(); };
    async::Nursery asking(loop.get_executor());
    asking.start(ask(*lane, got));
    clock.settle();
    asking.cancel();
    clock.settle();
    return got;
  }
};

}  // namespace

TEST(Lane, MovesItsPlaceOnlyWhenTheSinkHasEverythingBefore) {
  LaneHouse house;
  house.orders.down = true;
  house.read("one\ntwo\n");
  EXPECT_EQ(house.lane->settled("part1"), 0u);
  EXPECT_EQ(house.account.total_read().records, 2u);
  int told = 0;
  house.lane->when_settled([&told] { ++told; });
  house.orders.down = false;
  house.clock.advance(2s);
  EXPECT_EQ(house.lane->settled("part1"), 8u);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(house.orders.texts.size(), 2u);
}

TEST(Lane, WhatAStepLeavesOutIsReadAndDroppedAndItsPlacePasses) {
  LaneHouse house("{child: output, format: text}", "steps: [{drop: {message: noise}}], ");
  house.read("noise 1\n");
  EXPECT_EQ(house.lane->settled("part1"), 8u);
  house.orders.down = true;
  house.read("one\nnoise 2\n");
  house.read("noise 3\n");
  EXPECT_EQ(house.lane->settled("part1"), 8u) << "not past what is not safe yet";
  house.orders.down = false;
  house.clock.advance(2s);
  EXPECT_EQ(house.lane->settled("part1"), 28u);
  EXPECT_EQ(house.account.total_read(), (Amount{4, 28}));
  EXPECT_EQ(house.account.total_left_out(), (Amount{3, 24}));
  EXPECT_EQ(house.account.total_delivered(), (Amount{1, 4}));
  EXPECT_EQ(house.account.imbalance(), 0);
}

TEST(Lane, WhatIsForAnotherSinkIsReadAndDroppedAsRoutedAndItsPlacePasses) {
  LaneHouse house("{child: output, format: text}",
                  "steps: [{route: {to: other}, when: {message: audit}}, {route: {to: [told, other]}, when: "
                  "{message: both}}], ");
  house.read("audit 1\none\naudit of both\naudit 2\n");
  house.clock.advance(1s);
  EXPECT_EQ(house.orders.texts.size(), 2u);
  EXPECT_EQ(house.lane->settled("part1"), 34u);
  EXPECT_EQ(house.account.total_read(), (Amount{4, 34}));
  EXPECT_EQ(house.account.total_left_out(), (Amount{2, 16})) << "nothing is lost by it";
  EXPECT_EQ(house.account.total_delivered(), (Amount{2, 18}));
  EXPECT_EQ(house.account.imbalance(), 0);
}

TEST(Lane, JoinedLinesThatAreLeftOutPassTheirPlaceWhenTheyAreWhole) {
  LaneHouse house("{child: output, format: text, multiline: {continue: '^ '}}",
                  "steps: [{drop: {message: noise}}], ");
  house.read("noise\n more\n");
  EXPECT_EQ(house.lane->settled("part1"), 0u);
  house.clock.advance(1s);
  house.lane->hand_on_due();
  EXPECT_EQ(house.lane->settled("part1"), 12u);
  EXPECT_EQ(house.account.total_left_out(), (Amount{1, 12}));
  EXPECT_EQ(house.account.imbalance(), 0);
}

TEST(Lane, ReadsNoMoreThanADeadSinkHasRoomFor) {
  LaneHouse house;
  house.orders.down = true;
  int reads = 0;
  for (; reads < 100 && house.has_room(); ++reads) house.read(std::string(300, 'x') + "\n");
  EXPECT_GT(reads, 1);
  EXPECT_LT(reads, 10) << "two deliveries, and then it waits";
  house.orders.down = false;
  house.clock.advance(2s);
  EXPECT_TRUE(house.has_room());
  house.lane->close();
  EXPECT_FALSE(house.has_room()) << "a lane that ends wants nothing more";
}

TEST(Lane, StandsStillWhileMoreIsUnsavedThanASinkLooksBackUpon) {
  LaneHouse house;
  const std::string text = std::string(1 << 20, 'x') + "\n";
  int reads = 0;
  for (; reads < 100 && house.has_room(); ++reads) house.read(text);
  EXPECT_GT(reads, 20);
  EXPECT_LT(reads, 50) << "the file sink looks through its last 64 MiB";
  EXPECT_EQ(house.lane->settled("part1"), house.at);
  house.nursery->start(house.checkpoints.save());
  house.clock.settle();
  EXPECT_TRUE(house.has_room());
}

TEST(Lane, IsHeldBackByLinesThatWaitForTheirRest) {
  LaneHouse house("{child: output, format: text, multiline: java}");
  house.read("before\njava.lang.Error: no\n\tat a.b(C.java:1)\n");
  house.clock.advance(100ms);
  EXPECT_EQ(house.lane->settled("part1"), 7u) << "the trace may go on";
  house.read("\tat d.e(F.java:2)\n", 2);
  EXPECT_EQ(house.lane->settled("part2"), 0u) << "its line is in a record that waits";
  house.clock.advance(2s);
  house.lane->hand_on_due();
  house.clock.settle();
  EXPECT_EQ(house.lane->settled("part1"), 45u);
  EXPECT_EQ(house.lane->settled("part2"), house.at);
  EXPECT_EQ(house.orders.texts.size(), 2u);
}

TEST(Lane, GivesBackWhatWasNotDeliveredAtTheEnd) {
  LaneHouse house;
  house.orders.down = true;
  house.read("one\n");
  house.clock.advance(1s);
  house.carrier->finish();
  house.clock.advance(1s);
  EXPECT_EQ(house.account.total_returned(), (Amount{1, 4}));
  EXPECT_EQ(house.account.total_dropped(), Amount());
  EXPECT_EQ(house.lane->settled("part1"), 0u) << "it will be read again";
  EXPECT_EQ(house.nursery->size(), 0u) << "nobody waits for a dead sink when nothing is lost";
}

TEST(Lane, IsNotHeldAtTheEndByASinkThatNeverAnswers) {
  LaneHouse house;
  house.orders.silent = true;
  house.read("one\n");
  house.clock.advance(1s);
  house.carrier->finish();
  house.clock.advance(4s);
  EXPECT_EQ(house.nursery->size(), 1u) << "it may still answer";
  house.carrier->abandon();
  house.clock.advance(1s);
  EXPECT_EQ(house.nursery->size(), 0u);
  EXPECT_EQ(house.account.total_returned(), (Amount{1, 4}));
  EXPECT_EQ(house.account.imbalance(), 0);
}

TEST(Lane, HasWhatIsRefusedParkedBeforeItCounts) {
  LaneHouse house;
  house.orders.refuse = "bad";
  house.orders.duplicate = "again";
  house.parking_fails = true;
  house.read("good\nbad\nagain\n");
  house.clock.advance(1s);
  EXPECT_EQ(house.lane->settled("part1"), 0u);
  EXPECT_NE(house.carrier->trouble().find("cannot park"), std::string::npos) << house.carrier->trouble();
  house.parking_fails = false;
  house.clock.advance(20s);
  EXPECT_EQ(house.lane->settled("part1"), 15u);
  EXPECT_EQ(house.parked, std::vector<std::string>{"no such field"});
  EXPECT_EQ(house.account.total_parked(), (Amount{1, 4}));
  EXPECT_EQ(house.account.total_duplicate(), (Amount{1, 6}));
  EXPECT_EQ(house.account.total_delivered(), (Amount{1, 5}));
  EXPECT_EQ(house.account.imbalance(), 0);
}

TEST(Lane, KnowsItsPlaceAfterARestartAndForgetsWhatIsDone) {
  LaneHouse house;
  house.read("one\n");
  house.clock.advance(1s);
  house.checkpoints.notebook("/a.log").note("part1", "what it is");
  ASSERT_TRUE(async::run_on_loop(house.loop, house.checkpoints.save()));
  const auto again = [&house] {
    auto later = std::make_unique<Checkpoints>(
        house.loop.get_executor(),
        Checkpoints::Tools{house.clock, *house.pool, house.log, *house.book, house.registry});
    auto load = [](Checkpoints& of) -> core::Task<void> { EXPECT_TRUE(co_await of.load()); };
    EXPECT_TRUE(async::run_on_loop(house.loop, load(*later)));
    return later;
  };
  const std::string lane = Checkpoints::lane_of("/a.log", "told");
  EXPECT_EQ(again()->settled(lane, "part1"), 4u);
  EXPECT_EQ(again()->notebook("/a.log").notes().at("part1"), "what it is");
  house.lane->forget("part1");
  house.checkpoints.notebook("/a.log").forget("part1");
  ASSERT_TRUE(async::run_on_loop(house.loop, house.checkpoints.save()));
  EXPECT_EQ(again()->settled(lane, "part1"), 0u);
  EXPECT_TRUE(again()->notebook("/a.log").notes().empty());
}
