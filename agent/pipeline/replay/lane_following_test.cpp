#include "agent/async/nursery.hpp"
#include "agent/config/load.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/pipeline/follow/testing.hpp"
#include "agent/pipeline/replay/lane.hpp"
#include "agent/pipeline/settings.hpp"

#include <set>

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using follow_testing::line;

constexpr std::uint64_t line_bytes = 1000;  // whatever is in it

class NotingSink final : public sinks::Sink {
 public:
  explicit NotingSink(std::vector<std::uint64_t>& taken) : taken_(taken) {}
  std::string name() const override { return "noting"; }
  std::uint64_t appetite_bytes() const override { return 64u << 10; }
  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override {
    for (const auto& batch : batches) {
      for (const auto& record : batch->records) taken_.push_back(record.origin.offset / line_bytes + 1);
    }
    co_return sinks::Receipt();
  }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

 private:
  std::vector<std::uint64_t>& taken_;
};

// A file whose lines are read from where the agent has got; it can be killed.
struct FollowedFile {
  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(7);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::CapturedLog log;
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  core::Resource resource;
  follow_testing::ToldTraces traces;
  tracing::FollowSettings settings;
  std::vector<std::string> file;
  std::vector<std::uint64_t> taken;

  struct Life {
    ::prometheus::Registry registry;
    Ledger ledger{registry};
    std::optional<Following> following;
    std::optional<Checkpoints> checkpoints;
    std::unique_ptr<Carrier> carrier;
    Account* account = nullptr;
    std::unique_ptr<SinkLane> lane;
    std::unique_ptr<async::Nursery> nursery;
    std::size_t next = 0;
  };
  std::unique_ptr<Life> life;

  ~FollowedFile() {
    if (life) die();
  }

  void begin() {
    life = std::make_unique<Life>();
    const auto executor = loop.get_executor();
    life->following.emplace(clock, life->registry, settings);
    life->following->follow(&traces);
    life->checkpoints.emplace(executor, Checkpoints::Tools{clock, *pool, log, *book, life->registry});
    life->nursery = std::make_unique<async::Nursery>(executor);
    life->nursery->start(load(*life->checkpoints));
    clock.settle();
    life->carrier = std::make_unique<Carrier>(
        executor, Carrier::Tools{clock, *random, log, life->registry, {}},
        std::make_unique<NotingSink>(taken), 1u << 20, sinks::WhenFull::drop_oldest, [] {});
    life->account = &life->ledger.open("/a.log", "noting");
    const auto logs = config::load_text(
        "test", "{read: [{file: /a.log, format: json}], send_to: [{file: {path: /x}, name: noting}]}",
        logs_kind());
    ASSERT_TRUE(logs);
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource, life->registry},
                                                     plan_of(*logs.value, logs.value->read.front()));
    chain->serve_only("noting");
    const SinkLane::Ends ends{clock, *life->carrier, *life->account, *life->checkpoints, &*life->following};
    life->lane = std::make_unique<SinkLane>(executor, ends, std::move(chain));
    life->nursery->start(life->carrier->run());
    life->next = life->lane->settled("part") / line_bytes;
  }
  static async::Task<void> load(Checkpoints& checkpoints) {
    const auto loaded = co_await checkpoints.load();
    EXPECT_TRUE(loaded);
  }

  // Nothing is saved that was not before.
  void die() {
    life->lane->close();
    life->carrier->abandon();
    for (int i = 0; i < 5 && life->nursery->size() > 0; ++i) clock.advance(1s);
    EXPECT_EQ(life->nursery->size(), 0u);
    life.reset();
    traces.news.clear();
  }
  void save() {
    life->nursery->start(life->checkpoints->save());
    clock.settle();
  }

  void writes(const std::string& text) { file.push_back(text); }
  void read() {
    for (; life->next < file.size(); ++life->next) {
      telemetry::Batch batch;
      batch.stream = "/a.log";
      telemetry::Shelter shelter(file[life->next].size() + 1);
      telemetry::Record record;
      record.text = shelter.keep(file[life->next], batch.chunks);
      record.bytes = line_bytes;
      record.origin.generation = 1;
      record.origin.offset = life->next * line_bytes;
      batch.records.push_back(record);
      const std::uint64_t at = life->next * line_bytes;
      life->lane->take(std::move(batch), {"part", 1, at, at + line_bytes});
    }
    clock.settle();
  }
  // As the pipeline does each second.
  void look() {
    const bool some = life->lane->judge_held();
    if (some) {
      life->nursery->start(write(traces));
      clock.settle();
    }
    if (!some || traces.news.empty()) life->lane->hand_on_judged();
    clock.settle();
  }
  static async::Task<void> write(follow_testing::ToldTraces& traces) {
    auto writing = traces.write_down();
    (void)co_await std::move(writing);
  }
  std::uint64_t place() const { return life->lane->settled("part") / line_bytes; }
  void balanced() const {
    for (const Account* account : life->ledger.check(life->carrier->waiting()))
      ADD_FAILURE() << account->sink() << ": " << account->imbalance();
  }
};

using Taken = std::vector<std::uint64_t>;

TEST(FollowingLane, TheFilesPlaceWaitsWithTheFirstLineThatDoes) {
  FollowedFile house;
  house.begin();
  house.writes(line("info", 0, 1));
  house.writes(line("debug", 1, 2));
  house.writes(line("info", 0, 3));
  house.writes(line("debug", 2, 4));
  house.writes(line("info", 0, 5));
  house.read();
  EXPECT_EQ(house.taken, (Taken{1, 3, 5}));
  EXPECT_EQ(house.place(), 1u);
  house.balanced();
  house.traces.judge(1, true);
  house.look();
  EXPECT_EQ(house.taken, (Taken{1, 3, 5, 2}));
  EXPECT_EQ(house.place(), 3u) << "up to the other one";
  house.traces.judge(2, false);
  house.look();
  EXPECT_EQ(house.taken, (Taken{1, 3, 5, 2}));
  EXPECT_EQ(house.place(), 5u);
  EXPECT_EQ(house.life->account->total_dropped().records, 1u);
  house.balanced();
}

TEST(FollowingLane, LinesThatWaitedWhenTheAgentWasKilledAreReadAgain) {
  FollowedFile house;
  house.begin();
  house.writes(line("info", 0, 1));
  house.writes(line("debug", 1, 2));
  house.writes(line("info", 0, 3));
  house.read();
  house.save();
  house.die();
  house.begin();
  house.traces.judge(1, true);
  house.read();
  house.look();
  EXPECT_EQ(house.taken, (Taken{1, 3, 3, 2})) << "what came twice is known by its id";
  EXPECT_EQ(house.place(), 3u);
}

TEST(FollowingLane, NothingIsDoneByAVerdictThatMayYetBeLost) {
  FollowedFile house;
  house.begin();
  house.traces.full = true;
  house.writes(line("debug", 1, 1));
  house.read();
  house.traces.judge(1, false);
  house.look();
  EXPECT_EQ(house.place(), 0u);
  house.die();
  house.traces.full = false;
  house.begin();
  house.read();
  house.traces.judge(1, true);
  house.look();
  EXPECT_EQ(house.taken, Taken{1});
}

TEST(FollowingLane, WhatNobodyDecidesInTimeGoesOn) {
  FollowedFile house;
  house.begin();
  house.writes(line("debug", 1, 1));
  house.read();
  house.clock.advance(44s);
  house.look();
  EXPECT_TRUE(house.taken.empty());
  house.clock.advance(1s);
  house.look();
  EXPECT_EQ(house.taken, Taken{1});
  EXPECT_EQ(house.place(), 1u);
}

TEST(FollowingLane, NoMoreWaitsInMemoryThanMayAndThenTheOldestGoOn) {
  FollowedFile house;
  house.settings.most_bytes = 100'000;
  house.begin();
  for (std::uint64_t number = 1; number <= 1000; ++number) house.writes(line("debug", number, number));
  house.read();
  EXPECT_GT(house.taken.size(), 500u);
  EXPECT_LT(house.taken.size(), 1000u);
  EXPECT_EQ(house.place(), house.taken.size());
  EXPECT_EQ(house.taken.back(), house.taken.size()) << "in order";
  house.balanced();
}

// A file destination looks back 64 MiB and no further for what it has already.
TEST(FollowingLane, NoLineWaitsWhileItsSinkIsHandedMoreThanItLooksBackFor) {
  FollowedFile house;
  house.begin();
  house.writes(line("debug", 1, 1));
  const std::string long_line = R"({"level":"info","msg":")" + std::string(500'000, 'x') + R"("})";
  for (int i = 0; i < 60; ++i) {
    house.writes(long_line);
    house.read();
    house.clock.advance(10ms);
  }
  EXPECT_EQ(house.place(), 61u);
  EXPECT_EQ(std::set<std::uint64_t>(house.taken.begin(), house.taken.end()).size(), 61u);
}

TEST(FollowingLane, NoLineOfAKeptTraceIsLostWhateverHappens) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    FollowedFile house;
    const auto random = os::make_seeded_random(seed);
    const auto up_to = [&random](std::uint64_t most) { return random->next() % (most + 1); };
    std::map<std::uint64_t, std::uint64_t> trace_of;
    house.begin();
    for (std::uint64_t number = 1; number <= 500; ++number) {
      const std::uint64_t trace = 1 + up_to(number / 5);
      const bool is_debug = up_to(3) > 0;
      house.writes(line(is_debug ? "debug" : "info", trace, number));
      if (is_debug) trace_of[number] = trace;
      house.read();
      const std::uint64_t judged = 1 + up_to(number / 5);
      if (up_to(2) == 0 && judged % 7 != 0) house.traces.judge(judged, up_to(1) == 0);
      house.clock.advance(std::chrono::milliseconds(up_to(300)));
      if (up_to(4) == 0) house.look();
      if (up_to(9) == 0) house.save();
      if (up_to(20) == 0) house.traces.full = !house.traces.full;
      if (up_to(60) > 0) continue;
      house.die();
      house.begin();
    }
    house.traces.full = false;
    house.read();
    for (int i = 0; i < 60; ++i) house.clock.advance(1s), house.look();
    const std::set<std::uint64_t> arrived(house.taken.begin(), house.taken.end());
    std::size_t let_go = 0;
    for (std::uint64_t number = 1; number <= 500; ++number) {
      const auto debug = trace_of.find(number);
      const auto verdict =
          debug == trace_of.end() ? house.traces.written.end() : house.traces.written.find(debug->second);
      const bool is_let_go = verdict != house.traces.written.end() && !verdict->second;
      ASSERT_TRUE(is_let_go || arrived.contains(number)) << "seed " << seed << " line " << number;
      let_go += !arrived.contains(number);
    }
    EXPECT_GT(let_go, 20u) << "seed " << seed;
    EXPECT_EQ(house.place(), 500u);
    house.balanced();
  }
}

}  // namespace
}  // namespace outrider::pipeline
