#include "agent/pipeline/follow/follow_flow.hpp"

#include "agent/config/load.hpp"
#include "agent/pipeline/follow/testing.hpp"
#include "agent/pipeline/intake/intake.hpp"
#include "agent/pipeline/settings.hpp"
#include "agent/pipeline/spool/test_world.hpp"

#include <set>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using follow_testing::line;

constexpr std::uint64_t start_key = 5;

// An agent whose child writes; what it wrote can be read again from the place that the agent noted.
struct FollowWorld : spool_testing::World {
  follow_testing::ToldTraces traces;
  std::optional<tracing::FollowSettings> follow{tracing::FollowSettings()};
  core::Resource resource;
  std::unique_ptr<FollowFlow> flow;
  std::unique_ptr<ChainIntake> intake;
  std::unique_ptr<Carrier> carrier;
  std::vector<std::string> written;  // by the child, so far
  std::size_t next = 0;              // that was not read yet

  ~FollowWorld() {
    if (run) end_well();
  }

  void begin() {
    intake.reset();
    flow.reset();
    start({"a"});
    const Spool::Tools tools{clock, *pool, log, book, run->registry, run->ledger};
    flow = std::make_unique<FollowFlow>(loop.get_executor(), tools, follow);
    if (flow->following() != nullptr) flow->following()->follow(&traces);
    run->nursery->start(open(*this));
    clock.settle();
    if (carrier) {
      run->nursery->start(carrier->run());
      run->nursery->start(flow->spool()->run());
      run->carriers.push_back(std::move(carrier));
    }
    make_intake();
    const auto place = pipeline::place_of(book, start_key);
    ASSERT_TRUE(place);
    next = *place / 1000;
    clock.settle();
  }
  static async::Task<void> open(FollowWorld& world) {
    const Carrier::Tools tools{world.clock, *world.random, world.log, world.run->registry, {}};
    auto opening = world.flow->open(tools, *world.run->spool, [] {});
    world.carrier = co_await std::move(opening);
  }
  void make_intake() {
    const auto logs = config::load_text(
        "test", "{read: [{child: output, format: json}], send_to: [{file: {path: /a.log}, name: a}]}",
        logs_kind());
    ASSERT_TRUE(logs);
    auto chain = std::make_unique<transforms::Chain>(transforms::Tools{resource, run->registry},
                                                     plan_of(*logs.value, logs.value->read[0]));
    intake = std::make_unique<ChainIntake>(clock, std::move(chain), std::vector<std::string>{"child output"},
                                           std::vector<Destination>{{run->carriers[0].get(), "a"}},
                                           run->ledger, run->spool.get());
    if (flow->following() != nullptr) intake->follow(*flow->following());
  }

  void die() {
    if (flow->spool() != nullptr) flow->spool()->close();
    kill();
    traces.news.clear();
  }
  void end_well() {
    intake->hand_on_rest();
    flow->finish();
    if (flow->spool() != nullptr) flow->spool()->close();
    run->spool->close();
    end();
    async::Nursery saving(loop.get_executor());
    if (flow->spool() != nullptr) saving.start(flow->spool()->save());
    saving.start(run->spool->save());
    clock.settle();
    intake.reset();
    flow.reset();
    run.reset();
  }

  void writes(const std::string& text) {
    written.push_back(text);
    read();
  }
  // A line takes 1000 bytes of its stream, whatever is in it.
  void read() {
    for (; next < written.size(); ++next) {
      telemetry::Batch batch;
      batch.stream = "child output";
      telemetry::Shelter shelter(written[next].size() + 1);
      telemetry::Record record;
      record.text = shelter.keep(written[next], batch.chunks);
      record.bytes = 1000;
      record.origin = {1, 1'700'000'000, start_key, next * 1000};
      batch.records.push_back(record);
      intake->take(std::move(batch));
      intake->read_up_to("child output", start_key, (next + 1) * 1000);
    }
  }

  // What arrived, in order; what came again after a kill is known by its id, so it counts once.
  std::vector<std::uint64_t> arrived() const {
    std::vector<std::uint64_t> numbers;
    std::set<std::uint64_t> seen;
    for (const std::string& document : taken.at("a")) {
      const std::size_t at = document.find("line ");
      const std::uint64_t number = std::stoull(document.substr(at + 5));
      if (seen.insert(number).second) numbers.push_back(number);
    }
    return numbers;
  }

  void balanced() {
    std::map<const Account*, Amount> waiting = run->spool->waiting();
    if (flow->spool() != nullptr) waiting.merge(flow->spool()->waiting());
    for (const auto& one : run->carriers) waiting.merge(one->waiting());
    for (const Account* account : run->ledger.check(waiting))
      ADD_FAILURE() << account->source() << " to " << account->sink() << ": " << account->imbalance();
  }
  bool counts(const std::string& fate, int lines) const {
    return shows("outrider_following_lines_total{fate=\"" + fate + "\"} " + std::to_string(lines) + "\n");
  }
};

using Numbers = std::vector<std::uint64_t>;

TEST(FollowFlow, DebugLinesOfAKeptTraceAreReleasedInOrderAndThoseOfAnotherAreLetGo) {
  FollowWorld world;
  world.begin();
  world.writes(line("debug", 1, 1));
  world.writes(line("info", 1, 2));
  world.writes(line("trace", 2, 3));
  world.writes(line("debug", 0, 4));
  world.writes(line("debug", 1, 5));
  world.clock.advance(3s);
  EXPECT_EQ(world.arrived(), (Numbers{2, 4}));
  world.balanced();
  world.traces.judge(1, true);
  world.clock.advance(3s);
  EXPECT_EQ(world.arrived(), (Numbers{2, 4}))
      << "the first ones wait for the other trace, too: they came together";
  world.traces.judge(2, false);
  world.clock.advance(3s);
  EXPECT_EQ(world.arrived(), (Numbers{2, 4, 1, 5}));
  EXPECT_TRUE(world.counts("released", 2) && world.counts("let_go", 1)) << world.metrics();
  EXPECT_TRUE(world.shows(
      R"(outrider_ledger_dropped_records_total{reason="trace_let_go",sink="a",source="child output"} 1)"))
      << world.metrics();
  world.balanced();
  world.writes(line("debug", 1, 6));
  world.writes(line("debug", 2, 7));
  world.clock.advance(100ms);
  world.clock.advance(1s);
  EXPECT_EQ(world.arrived(), (Numbers{2, 4, 1, 5, 6})) << "at once";
  EXPECT_TRUE(world.counts("released", 3) && world.counts("let_go", 2)) << world.metrics();
  world.balanced();
}

TEST(FollowFlow, WhatNobodyDecidesInTimeGoesOnOrNotAsIsWritten) {
  for (const bool keeps : {true, false}) {
    FollowWorld world;
    world.follow->keeps_undecided = keeps;
    world.begin();
    world.writes(line("debug", 1, 1));
    world.clock.advance(44s);
    EXPECT_TRUE(world.arrived().empty());
    world.clock.advance(3s);
    EXPECT_EQ(world.arrived(), keeps ? Numbers{1} : Numbers{});
    EXPECT_TRUE(world.counts("undecided_waited", 1)) << world.metrics();
    world.balanced();
  }
}

TEST(FollowFlow, WhenSoMuchWaitsAsMayTheOldestGoOnAndNothingIsLost) {
  FollowWorld world;
  world.follow->most_bytes = 100'000;
  world.begin();
  Numbers all;
  for (std::uint64_t number = 1; number <= 2000; ++number) {
    world.writes(line("debug", number, number));
    all.push_back(number);
    if (number % 20 == 0) world.clock.advance(50ms);
  }
  world.clock.advance(3s);
  const Numbers some = world.arrived();
  EXPECT_GT(some.size(), 1000u);
  EXPECT_LT(some.size(), 2000u);
  EXPECT_EQ(some, Numbers(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(some.size())));
  world.balanced();
  world.clock.advance(60s);
  EXPECT_EQ(world.arrived(), all);
}

TEST(FollowFlow, WhereTheyCannotBeWrittenDownLinesGoOnAtOnce) {
  FollowWorld world;
  world.begin();
  world.book.full = true;
  for (std::uint64_t number = 1; number <= 10; ++number) {
    world.writes(line("debug", 1, number));
    world.clock.advance(200ms);
  }
  world.clock.advance(1s);
  world.book.full = false;
  world.clock.advance(10s);
  EXPECT_EQ(world.arrived().size(), 10u);
  world.balanced();
}

TEST(FollowFlow, WhatWaitsGoesOnWhenLinesFollowNoTraceAnyMore) {
  FollowWorld world;
  world.begin();
  world.writes(line("debug", 1, 1));
  world.clock.advance(3s);
  world.end_well();
  world.follow.reset();
  world.begin();
  world.writes(line("debug", 1, 2));
  world.clock.advance(3s);
  EXPECT_EQ(world.arrived().size(), 2u);
  world.balanced();
}

TEST(FollowFlow, ASenderOfOtlpHearsOfItWhenWhatWaitsIsOnTheDisk) {
  FollowWorld world;
  world.begin();
  telemetry::Batch batch;
  batch.stream = "child output";
  telemetry::Shelter shelter;
  for (const std::uint64_t number : {1u, 2u}) {
    telemetry::Record record;
    record.text = shelter.keep(line(number == 1 ? "debug" : "info", 1, number), batch.chunks);
    record.bytes = 100;
    record.origin = {1, 1'700'000'000, start_key, number * 100};
    batch.records.push_back(record);
  }
  std::optional<bool> heard;
  const auto hear = [](ChainIntake& to, telemetry::Batch sent,
                       std::optional<bool>& result) -> async::Task<void> {
    auto keeping = to.keep(std::move(sent));
    const core::Outcome<sources::Kept> kept = co_await std::move(keeping);
    result = kept.has_value();
  };
  async::Nursery sending(world.loop.get_executor());
  sending.start(hear(*world.intake, std::move(batch), heard));
  for (int i = 0; i < 300 && !heard; ++i) world.clock.advance(10ms);
  EXPECT_EQ(heard, true);
  world.die();
  world.traces.judge(1, true);
  world.begin();
  world.clock.advance(5s);
  Numbers numbers = world.arrived();
  std::ranges::sort(numbers);
  EXPECT_EQ(numbers, (Numbers{1, 2}));
}

// Lines and verdicts in any order, through kills, ends in good order, a destination that is away and a full
// disk.
struct FollowStory {
  explicit FollowStory(std::uint32_t seed) : random(os::make_seeded_random(seed)) {}

  FollowWorld world;
  std::unique_ptr<core::Random> random;
  std::map<std::uint64_t, std::uint64_t> trace_of;  // of each debug line
  std::set<std::uint64_t> others;
  std::set<std::uint64_t> unjudged;  // traces of which nobody ever hears

  std::uint64_t up_to(std::uint64_t most) { return random->next() % (most + 1); }

  void something_happens() {
    switch (up_to(60)) {
      case 0:
        world.die();
        world.begin();
        world.read();
        break;
      case 1:
        world.end_well();
        world.begin();
        world.read();
        break;
      case 2: world.away["a"] = !world.away["a"]; break;
      case 3: world.traces.full = !world.traces.full; break;
      case 4:
        world.book.full = true;
        world.clock.advance(1500ms);
        world.book.full = false;
        break;
      default: world.clock.advance(std::chrono::milliseconds(up_to(300)));
    }
  }

  void play() {
    world.begin();
    for (std::uint64_t number = 1; number <= 400; ++number) {
      const std::uint64_t trace = 1 + up_to(number / 5);
      if (up_to(3) == 0) {
        others.insert(number);
        world.writes(line("info", trace, number));
      } else {
        trace_of[number] = trace;
        world.writes(line("debug", trace, number));
      }
      // What was decided and not written is lost by a kill, and may be decided otherwise then.
      const std::uint64_t judged = 1 + up_to(number / 5);
      if (up_to(2) == 0 && judged % 7 != 0) world.traces.judge(judged, up_to(1) == 0);
      something_happens();
    }
    world.away["a"] = false;
    world.traces.full = false;
    for (int i = 0; i < 120; ++i) world.clock.advance(1s);
  }
};

TEST(FollowFlow, NoLineOfAKeptTraceIsLostWhateverHappens) {
  std::size_t let_go = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    FollowStory story(seed);
    story.play();
    const Numbers in_order = story.world.arrived();
    const std::set<std::uint64_t> arrived(in_order.begin(), in_order.end());
    for (const std::uint64_t number : story.others)
      ASSERT_TRUE(arrived.contains(number)) << seed << " " << number;
    for (const auto& [number, trace] : story.trace_of) {
      const auto verdict = story.world.traces.written.find(trace);
      const bool is_let_go = verdict != story.world.traces.written.end() && !verdict->second;
      ASSERT_TRUE(is_let_go || arrived.contains(number)) << "seed " << seed << " line " << number;
      let_go += !arrived.contains(number);
    }
    story.world.balanced();
  }
  EXPECT_GT(let_go, 500u) << "nothing was let go, so nothing is shown";
}

}  // namespace
}  // namespace outrider::pipeline
