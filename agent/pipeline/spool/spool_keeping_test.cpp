#include "agent/pipeline/spool/test_world.hpp"

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using spool_testing::World;

// Senders that keep what they sent until they are told.
struct Senders : World {
  Senders() { kind = trace_spool; }
  ~Senders() { sending.cancel(), clock.settle(); }

  struct Told {
    bool known = false;
    core::Outcome<> outcome;
  };

  // A request with so many spans, and what its sender hears.
  std::shared_ptr<Told> send(const std::string& text, std::uint32_t spans = 1) {
    telemetry::Batch batch;
    batch.stream = "traces";
    telemetry::Shelter shelter(text.size());
    telemetry::Record record;
    record.text = shelter.keep(text, batch.chunks);
    record.bytes = text.size();
    record.count = spans;
    record.origin = {1, 1'700'000'000, 5, offset};
    offset += record.bytes;
    batch.records.push_back(record);
    auto told = std::make_shared<Told>();
    sending.start(hear(*run->spool, std::move(batch), told));
    clock.settle();
    return told;
  }

  static async::Task<void> hear(Spool& spool, telemetry::Batch batch, std::shared_ptr<Told> told) {
    auto keeping = spool.keep(std::move(batch));
    told->outcome = co_await std::move(keeping);
    told->known = true;
  }

  async::Nursery sending{loop.get_executor()};
};

TEST(KeepingSpool, TellsASenderOnlyAfterTheCommit) {
  Senders world;
  world.start({"a"});
  const auto first = world.send("one");
  world.clock.advance(1ms);
  const auto second = world.send("two");
  EXPECT_FALSE(second->known) << "its commit is twenty milliseconds after the one before";
  world.clock.advance(25ms);
  EXPECT_TRUE(first->known && first->outcome);
  EXPECT_TRUE(second->known && second->outcome);
  EXPECT_EQ(world.taken["a"], (std::vector<std::string>{"one", "two"}));
  world.expect_balanced();
  world.stop();
}

TEST(KeepingSpool, CountsTheSpansOfARequest) {
  Senders world;
  world.away["a"] = true;
  world.start({"a"});
  (void)world.send("one", 100);
  (void)world.send("two", 7);
  world.clock.advance(1s);
  EXPECT_TRUE(world.shows("outrider_spool_records{signal=\"traces\"} 107"));
  EXPECT_TRUE(world.shows("outrider_ledger_in_flight_records{sink=\"a\",source=\"traces\"} 0"));
  world.expect_balanced();
  EXPECT_TRUE(world.shows("outrider_ledger_in_flight_records{sink=\"a\",source=\"traces\"} 107"));
  world.kill();
  world.away["a"] = false;
  world.start({"a"});
  world.clock.advance(5s);
  EXPECT_EQ(world.taken["a"], (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(
      world.shows("outrider_ledger_records_total{fate=\"delivered\",sink=\"a\",source=\"traces\"} 107"));
  world.expect_balanced();
  world.stop();
}

TEST(KeepingSpool, SendsAwayWhileTheDiskIsFullAndNothingOfThatIsKept) {
  Senders world;
  world.start({"a"});
  world.clock.advance(1s);
  world.book.full = true;
  const auto refused = world.send("never");
  world.clock.advance(3s);
  ASSERT_TRUE(refused->known);
  ASSERT_FALSE(refused->outcome);
  EXPECT_EQ(refused->outcome.error().code, core::Errc::exhausted);
  EXPECT_NE(refused->outcome.error().what.find("the disk is full"), std::string::npos);
  world.expect_balanced();
  world.book.full = false;
  world.clock.advance(3s);
  const auto taken = world.send("later");
  world.clock.advance(3s);
  ASSERT_TRUE(taken->known);
  EXPECT_TRUE(taken->outcome) << "one tries whether it works again";
  EXPECT_EQ(world.taken["a"], std::vector<std::string>{"later"});
  EXPECT_TRUE(
      world.shows("outrider_ledger_records_total{fate=\"returned\",sink=\"spool\",source=\"traces\"} 1"));
  world.expect_balanced();
  world.stop();
}

TEST(KeepingSpool, SendsAwayWhenItIsFullAndGivesUpNothingOfWhatItHas) {
  Senders world;
  world.settings.most_bytes = 1u << 20;
  world.away["a"] = true;
  world.start({"a"});
  std::size_t taken = 0, sent_away = 0;
  for (int i = 0; i < 40; ++i) {
    const auto told = world.send(std::string(64u << 10, static_cast<char>('a' + i % 26)));
    world.clock.advance(3s);
    ASSERT_TRUE(told->known);
    (told->outcome ? taken : sent_away) += 1;
    if (!told->outcome) {
      EXPECT_EQ(told->outcome.error().code, core::Errc::exhausted);
    }
  }
  EXPECT_GE(taken, 14u);
  EXPECT_GE(sent_away, 20u);
  world.away["a"] = false;
  world.clock.advance(60s);
  EXPECT_EQ(world.taken["a"].size(), taken) << "whatever was taken arrives";
  world.clock.advance(5s);
  const auto again = world.send("there is room now");
  world.clock.advance(3s);
  EXPECT_TRUE(again->known && again->outcome);
  world.expect_balanced();
  world.stop();
}

TEST(KeepingSpool, TakesOneThatIsLargerThanWhatMayWaitInMemoryWhenItIsAlone) {
  Senders world;
  world.start({"a"});
  const auto large = world.send(std::string(6u << 20, 'x'));
  const auto small = world.send("small");
  world.clock.advance(1s);
  EXPECT_TRUE(large->known && large->outcome);
  EXPECT_TRUE(small->known && small->outcome) << "it waits a moment for the other";
  world.clock.advance(1s);
  EXPECT_EQ(world.taken["a"].size(), 2u);
  world.expect_balanced();
  world.stop();
}

TEST(KeepingSpool, AtTheEndTellsThoseWhoWaitThatTheyStillHaveIt) {
  Senders world;
  world.start({"a"});
  world.clock.advance(1s);
  world.book.full = true;
  const auto told = world.send("x");
  world.run->spool->close();
  world.clock.advance(3s);
  EXPECT_TRUE(told->known);
  EXPECT_FALSE(told->outcome);
  const auto late = world.send("y");
  world.clock.advance(3s);
  EXPECT_TRUE(late->known);
  EXPECT_FALSE(late->outcome);
  world.expect_balanced();
  world.book.full = false;
  world.stop();
}

// Where lines come, too, that nobody has any more.
TEST(KeepingSpool, GivesUpLinesForRoomAndNothingThatASenderWasPromised) {
  Senders world;
  world.kind = log_spool;
  world.settings.most_bytes = 16u << 20;
  world.away["a"] = true;
  world.start({"a"});
  world.append("first");
  world.clock.advance(1ms);
  const auto kept = world.send(std::string(3u << 20, 'k'));
  for (int i = 0; i < 30; ++i) world.append(std::string(200'000, 'l'), telemetry::Severity::debug);
  EXPECT_TRUE(world.shows("outrider_spool_shed_records_total{priority=\"debug\",signal=\"logs\"} 21"))
      << "at the line that is beyond 4 MiB of their own";
  world.expect_balanced();
  world.book.full = true;
  world.clock.advance(3s);
  ASSERT_TRUE(kept->known);
  EXPECT_FALSE(kept->outcome) << "given back, since it could not be written";
  EXPECT_TRUE(
      world.shows("outrider_ledger_records_total{fate=\"returned\",sink=\"spool\",source=\"traces\"} 1"));
  world.book.full = false;
  world.clock.advance(3s);
  const auto again = world.send(std::string(3u << 20, 'k'));
  world.clock.advance(1s);
  ASSERT_TRUE(again->known);
  EXPECT_TRUE(again->outcome);
  world.expect_balanced();
  world.away["a"] = false;
  world.clock.advance(60s);
  EXPECT_EQ(world.taken["a"].size(), 11u);
  world.expect_balanced();
  world.stop();
}

}  // namespace
}  // namespace outrider::pipeline
