#include "agent/pipeline/spool/spool.hpp"

#include "agent/pipeline/spool/test_world.hpp"

#include <set>

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using spool_testing::World;

std::vector<std::string> numbered(int from, int to) {
  std::vector<std::string> lines;
  for (int i = from; i < to; ++i) lines.push_back(fmt::format("line {}", i));
  return lines;
}

TEST(Spool, WritesDownFirstAndThenHandsOnToEachSinkInOrder) {
  World world;
  world.start({"a", "b"});
  world.book.full = true;
  for (const auto& line : numbered(0, 5)) world.append(line);
  world.clock.advance(3s);
  EXPECT_TRUE(world.taken["a"].empty()) << "what is not on the disk is with nobody";
  world.expect_balanced();
  world.book.full = false;
  world.clock.advance(2s);
  EXPECT_EQ(world.taken["a"], numbered(0, 5));
  EXPECT_EQ(world.taken["b"], numbered(0, 5));
  world.expect_balanced();
  world.clock.advance(3s);
  EXPECT_TRUE(world.shows("outrider_spool_records{signal=\"logs\"} 0")) << "all have it, so it goes";
  world.stop();
}

TEST(Spool, PutsWhatIsReadWithinTwentyMillisecondsIntoOneCommit) {
  World world;
  world.start({"a"});
  world.append("first");
  world.clock.advance(5ms);
  const int before = world.book.writes;
  for (int i = 0; i < 100; ++i) {
    world.append(fmt::format("line {}", i));
    world.clock.advance(1ms);
  }
  EXPECT_LE(world.book.writes - before, 7);
  world.clock.advance(25ms);
  EXPECT_EQ(world.taken["a"].size(), 101u);
  world.stop();
}

TEST(Spool, GivesTheSinkThatWasAwayAllOfItAndStopsNoOther) {
  World world;
  world.away["dead"] = true;
  world.start({"dead", "fine"});
  for (int i = 0; i < 2000; ++i) {
    world.append(fmt::format("line {}", i));
    if (i % 10 == 0) world.clock.advance(20ms);
  }
  world.clock.advance(1s);
  EXPECT_EQ(world.taken["fine"].size(), 2000u);
  EXPECT_TRUE(world.taken["dead"].empty());
  world.expect_balanced();
  world.away["dead"] = false;
  world.clock.advance(60s);
  EXPECT_EQ(world.taken["dead"], world.taken["fine"]);
  world.expect_balanced();
  world.stop();
}

TEST(Spool, DeliversAfterAKillWhatWasCommittedBeforeIt) {
  World world;
  world.away["a"] = true;
  world.start({"a", "b"});
  for (const auto& line : numbered(0, 50)) world.append(line);
  world.clock.advance(5s);
  EXPECT_EQ(world.taken["b"].size(), 50u);
  world.kill();
  world.away["a"] = false;
  world.start({"a", "b"});
  world.clock.advance(5s);
  EXPECT_EQ(world.taken["a"], numbered(0, 50));
  EXPECT_EQ(world.taken["b"].size(), 50u) << "its place was saved";
  for (const auto& line : numbered(50, 60)) world.append(line);
  world.clock.advance(1s);
  EXPECT_EQ(world.taken["a"], numbered(0, 60)) << "numbers go on, and are never used again";
  world.stop();
}

TEST(Spool, SaysHowFarAKeptStreamHasComeInTheVeryCommitThatHasItsLines) {
  World world;
  world.start({"a"});
  for (const std::uint64_t end : {4u, 8u}) {
    world.append("one");
    world.run->spool->reached(5, end);
    end == 8 ? world.kill() : world.clock.advance(1s);
    EXPECT_EQ(place_of(world.book, 5).value_or(99), 4u) << "what is not on the disk is not passed";
  }
}

TEST(Spool, GivesNoMoreAgainAfterAKillThanASinkLooksBackUpon) {
  constexpr int mebibytes = 60;
  World world;
  world.away["a"] = true;
  world.start({"a"});
  for (int i = 0; i < mebibytes; ++i) {
    world.append(std::string(1 << 20, 'x'));
    world.clock.advance(30ms);
  }
  world.kill();
  world.away["a"] = false;
  world.start({"a"});
  world.clock.advance(900ms);
  EXPECT_EQ(world.taken["a"].size(), mebibytes) << "in less than a second";
  world.kill();
  world.taken["a"].clear();
  world.start({"a"});
  world.clock.advance(2s);
  EXPECT_LT(world.taken["a"].size(), 40u) << "the file sink looks through its last 64 MiB";
  world.stop();
}

TEST(Spool, GivesARecordOnlyToTheSinksThatItIsForAlsoAfterAKill) {
  const telemetry::Routes to_b{{"b"}}, then_to_a{{"b"}, {"a", "c"}};
  World world;
  world.away["a"] = world.away["b"] = true;
  world.start({"a", "b"});
  world.append("to all");
  world.append("to b", telemetry::Severity::info, "child output", to_b);
  world.append("to a", telemetry::Severity::info, "child output", then_to_a);
  world.append("to all, too");
  world.clock.advance(1s);
  world.expect_balanced();
  world.kill();
  world.away["a"] = world.away["b"] = false;
  world.start({"a", "b"});
  world.clock.advance(5s);
  EXPECT_EQ(world.taken["a"], (std::vector<std::string>{"to all", "to a", "to all, too"}));
  EXPECT_EQ(world.taken["b"], (std::vector<std::string>{"to all", "to b", "to all, too"}));
  EXPECT_TRUE(world.shows(
      "outrider_ledger_dropped_records_total{reason=\"routed\",sink=\"a\",source=\"child output\"} 1"));
  EXPECT_TRUE(world.shows("outrider_spool_records{signal=\"logs\"} 0"));
  world.expect_balanced();
  world.stop();
}

TEST(Spool, GivesANewSinkWhatIsStillThereAndForgetsOneThatIsNoMore) {
  World world;
  world.away["old"] = true;
  world.start({"old"});
  for (const auto& line : numbered(0, 20)) world.append(line);
  world.clock.advance(2s);
  world.stop();
  world.start({"new"});
  world.clock.advance(5s);
  EXPECT_EQ(world.taken["new"], numbered(0, 20));
  EXPECT_TRUE(world.shows("outrider_spool_records{signal=\"logs\"} 0")) << "nobody waits for the old one";
  world.stop();
}

TEST(Spool, ThatIsFullShedsDebugBeforeInfoAndErrorsLast) {
  World world;
  world.away["a"] = true;
  world.settings.most_bytes = 1 << 20;
  world.start({"a"});
  const auto severity = [](int i) {
    return i % 4 == 0 ? telemetry::Severity::debug
                      : (i % 4 == 3 ? telemetry::Severity::error : telemetry::Severity::info);
  };
  for (int i = 0; i < 3000; ++i) {
    world.append(fmt::format("{} {}", i, std::string(500, 'x')), severity(i));
    if (i % 20 == 0) world.clock.advance(20ms);
  }
  world.clock.advance(2s);
  world.expect_balanced();
  world.away["a"] = false;
  world.clock.advance(60s);
  std::map<int, int> kept;
  for (const auto& text : world.taken["a"]) kept[std::stoi(text) % 4] += 1;
  EXPECT_EQ(kept[3], 750) << "not one error is lost";
  EXPECT_LT(kept[0], 300) << "only what a sink had in its hands, and the last";
  EXPECT_GT(kept[1] + kept[2], 300);
  EXPECT_LT(kept[1] + kept[2], 1500);
  world.expect_balanced();
  EXPECT_TRUE(world.shows("outrider_spool_shed_records_total{priority=\"error\",signal=\"logs\"} 0"))
      << world.metrics();
  std::uint64_t lost = 0;
  for (const Account& account : world.run->ledger.accounts()) lost += account.total_dropped().records;
  EXPECT_EQ(lost, 3000 - world.taken["a"].size()) << "each is counted, once";
  world.stop();
}

TEST(Spool, OnAFullDiskKeepsABoundedPartInMemoryAndCountsTheRest) {
  World world;
  world.start({"a"});
  world.book.full = true;
  for (int i = 0; i < 20'000; ++i) {
    world.append(fmt::format("{} {}", i, std::string(1000, 'x')), telemetry::Severity::debug);
    if (i % 100 == 0) world.clock.advance(10ms);
  }
  world.expect_balanced();
  world.book.full = false;
  world.clock.advance(10s);
  EXPECT_GT(world.taken["a"].size(), 100u);
  EXPECT_LT(world.taken["a"].size(), 8000u);
  world.expect_balanced();
  world.stop();
}

TEST(Spool, KnowsExactlyHowManyRecordsWereLostWithADamagedPage) {
  World world;
  world.away["a"] = true;
  world.start({"a"});
  for (int i = 0; i < 10; ++i) {
    world.append("x");
    world.append("y");
    world.clock.advance(30ms);
  }
  world.kill();
  // As a repair leaves it: some entries could not be read.
  std::vector<std::string> keys;
  ASSERT_TRUE(world.book.walk(log_spool.batches, "", [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  }));
  ASSERT_GE(keys.size(), 5u);
  for (const std::size_t index : {std::size_t{0}, std::size_t{2}, keys.size() - 1}) {
    const durable::Change gone{std::string(log_spool.batches), keys[index], std::nullopt};
    ASSERT_TRUE(world.book.write({&gone, 1}));
  }
  world.away["a"] = false;
  world.start({"a"});
  world.clock.advance(5s);
  const std::string missing =
      fmt::format("outrider_spool_missing_records_total{{signal=\"logs\"}} {}", 20 - world.taken["a"].size());
  EXPECT_TRUE(world.shows(missing)) << missing << "\n" << world.metrics();
  EXPECT_LT(world.taken["a"].size(), 20u);
  world.stop();
}

}  // namespace
}  // namespace outrider::pipeline
