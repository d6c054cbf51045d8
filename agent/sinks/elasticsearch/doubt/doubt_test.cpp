#include "agent/sinks/elasticsearch/doubt/doubt.hpp"

#include "agent/sinks/elasticsearch/testing/house.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::elasticsearch;
using namespace outrider::sinks::elasticsearch::testing;
using core::Errc;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t long_ago = 1'600'000'000;

const FakeCluster::Script reset_after_doing =
    after_doing(trouble(Errc::unavailable, "the connection was closed without an answer"));

telemetry::BatchPointer old_batch(std::size_t records, std::uint64_t first = 0) {
  return batch_of(records, first, 60, long_ago);
}

bool shows(House& house, const std::string& result, int count) {
  return house.shows("outrider_elasticsearch_doubt_total{result=\"" + result +
                     "\",sink=\"elasticsearch logs-tests-school at a:9200\"} " + std::to_string(count));
}

}  // namespace

TEST(Doubt, WhatWasTakenBeforeTheStreamRolledOverIsNotCreatedASecondTime) {
  House house;
  house.cluster.script = {reset_after_doing};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  house.cluster.roll_over();
  const auto delivered = house.deliver({batch, batch_of(2, 5)});
  ASSERT_TRUE(delivered);
  EXPECT_EQ(duplicates_in(*delivered), 5u);
  EXPECT_EQ(house.cluster.documents(), 7u);
  EXPECT_EQ(house.cluster.indices["ds-000002"].size(), 2u);
  EXPECT_TRUE(shows(house, "found", 5));
}

TEST(Doubt, WhatWasLostOnTheWayBeforeTheStreamRolledOverIsSentAgain) {
  House house;
  house.cluster.script = {trouble(Errc::unavailable, "the connection was closed without an answer")};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  house.cluster.roll_over();
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.indices["ds-000002"].size(), 5u);
  EXPECT_TRUE(shows(house, "absent", 5));
}

TEST(Doubt, WithoutARolloverTheIdIsEnoughAndNothingIsLookedFor) {
  House house;
  house.cluster.script = {reset_after_doing};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.documents(), 5u);
  EXPECT_EQ(house.cluster.asked_for("/_mget"), 0u);
}

TEST(Doubt, ARolloverOfLongAgoIsNoReasonToLook) {
  House house;
  house.cluster.roll_over();
  house.clock.advance(30h);
  house.cluster.script = {reset_after_doing};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.asked_for("/_mget"), 0u);
}

TEST(Doubt, AfterARestartWhatIsReadAgainIsLookedForInWhatWasWrittenToBefore) {
  House house;
  ASSERT_TRUE(house.deliver({old_batch(5)}));
  house.sink.reset();
  house.cluster.roll_over();
  const auto delivered = house.deliver({old_batch(7)});
  ASSERT_TRUE(delivered);
  EXPECT_EQ(duplicates_in(*delivered), 5u);
  EXPECT_EQ(house.cluster.documents(), 7u);
}

TEST(Doubt, AfterARestartWithoutARolloverAQuestionBeforeAndOneAfterIsAllItCosts) {
  House house;
  ASSERT_TRUE(house.deliver({old_batch(5)}));
  house.sink.reset();
  const std::size_t before = house.cluster.seen.size();
  ASSERT_TRUE(house.deliver({old_batch(7)}));
  EXPECT_EQ(house.cluster.seen.size() - before, 3u);
  EXPECT_EQ(house.cluster.documents(), 7u);
}

TEST(Doubt, WhatWasWrittenSinceTheStartIsNeverInDoubt) {
  House house;
  ASSERT_TRUE(house.deliver({batch_of(5)}));
  EXPECT_EQ(house.cluster.seen.size(), 1u);
}

TEST(Doubt, AStreamIsFreeOfItOnceSoMuchWasNewAsAnOfferCanHold) {
  House house;
  house.settings.buffer_bytes = 250;  // four offers of ten records' bytes
  std::uint64_t first = 0;
  for (int i = 0; i < 5; ++i, first += 5) ASSERT_TRUE(house.deliver({old_batch(5, first)}));
  EXPECT_EQ(house.cluster.asked_for("/_settings"), 4u) << "before and after each of the first two";
}

TEST(Doubt, WhatWasThereBetweenNewOnesKeepsAStreamInDoubt) {
  House house;
  house.settings.buffer_bytes = 250;
  ASSERT_TRUE(house.deliver({old_batch(1, 8)}));
  house.sink.reset();
  house.cluster.roll_over();
  ASSERT_TRUE(house.deliver({old_batch(5)}));
  ASSERT_TRUE(house.deliver({old_batch(5, 5)}));
  EXPECT_EQ(house.cluster.documents(), 10u);
  const std::size_t before = house.cluster.asked_for("/_settings");
  ASSERT_TRUE(house.deliver({old_batch(5, 10)}));
  EXPECT_GT(house.cluster.asked_for("/_settings"), before);
}

TEST(Doubt, ALineFromTheFutureIsNotBelieved) {
  House house;
  const auto batch = std::make_shared<telemetry::Batch>(*old_batch(5));
  for (auto& record : batch->records) record.time = house.clock.wall() + 100h;
  ASSERT_TRUE(house.deliver({batch}));
  house.sink.reset();
  house.clock.advance(40h);
  house.cluster.roll_over();
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.documents(), 5u);
}

TEST(Doubt, ARolloverJustWhileTheyAreSentIsNoticedAndWhatIsThereTwiceIsTakenOut) {
  House house;
  house.cluster.script = {reset_after_doing, [](FakeCluster& cluster, const net::Request& request) {
                            cluster.roll_over();
                            return cluster.create(request, {});
                          }};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.documents(), 5u);
  EXPECT_EQ(house.cluster.indices["ds-000001"].size(), 5u) << "the first stay";
  EXPECT_TRUE(shows(house, "taken_out", 5));
}

TEST(Doubt, NothingOfItIsSentWhileItCannotBeLookedFor) {
  House house;
  house.cluster.script = {reset_after_doing};
  const auto batch = batch_of(5);
  ASSERT_FALSE(house.deliver({batch}));
  house.cluster.roll_over();
  for (const auto& look :
       {answer(503, ""), answer(200, "{}x"), trouble(Errc::timed_out, "no answer within 30s")}) {
    house.cluster.looks = {look};
    const auto delivered = house.deliver({batch});
    ASSERT_FALSE(delivered);
    EXPECT_THAT(delivered.error().what, HasSubstr("cannot look in logs-tests-school at http://a:9200"));
  }
  EXPECT_EQ(house.cluster.asked_for("/_bulk"), 1u);
}

TEST(Doubt, WithoutTheRightToLookRecordsGoOnAndThatIsToldOnce) {
  House house;
  house.cluster.looks = {2, answer(403, R"({"error":{"type":"security_exception","reason":"x"}})")};
  ASSERT_TRUE(house.deliver({old_batch(5)}));
  ASSERT_TRUE(house.deliver({old_batch(5, 5)}));
  EXPECT_EQ(house.cluster.documents(), 10u);
  EXPECT_TRUE(shows(house, "unverified", 10));
  EXPECT_EQ(house.log.count(core::Level::warn), 1u);
}

TEST(Doubt, ADatedIndexNeedsNoLookingSinceIdAndIndexAreTheSameAgain) {
  House house;
  house.settings.target = {"", "logs-%Y"};
  house.cluster.script = {reset_after_doing};
  const auto batch = old_batch(5);
  ASSERT_FALSE(house.deliver({batch}));
  ASSERT_TRUE(house.deliver({batch}));
  EXPECT_EQ(house.cluster.seen.size(), 2u);
  EXPECT_EQ(house.cluster.documents(), 5u);
}

TEST(Generations, AreReadInTheOrderInWhichTheyWereWrittenTo) {
  const auto read = read_generations(
      R"({".ds-logs-x-2026.11.28-000010":{"settings":{"index.creation_date":"1700000300000"}},)"
      R"(".ds-logs-x-2026.11.01-000009":{"settings":{"index.creation_date":"1700000200000"}},)"
      R"("shrink-ab-.ds-logs-x-000008":{"settings":{"index.creation_date":"1700000900000"}}})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 3u);
  EXPECT_EQ((*read)[0].index, "shrink-ab-.ds-logs-x-000008");
  EXPECT_EQ((*read)[2].index, ".ds-logs-x-2026.11.28-000010");
  EXPECT_EQ((*read)[2].began, core::WallTime(1'700'000'300s));
  for (const char* other : {"", "[]", "{\"a\":1}", "{\"a\":{\"settings\":{}}}", "<html>",
                            R"({"a":{"settings":{"index.creation_date":"x"}}})"}) {
    EXPECT_FALSE(read_generations(other)) << other;
  }
}

TEST(Generations, OnlyThoseMayHoldItThatWereWrittenToAfterItWasSent) {
  const core::WallTime start(1'700'000'000s);
  const std::vector<Generation> all{{"a", start}, {"b", start + 10h}, {"c", start + 20h}};
  EXPECT_THAT(may_hold(all, start + 5h, 1h), ::testing::ElementsAre("b", "a"));
  EXPECT_THAT(may_hold(all, start + 15h, 1h), ::testing::ElementsAre("b"));
  EXPECT_THAT(may_hold(all, start + 20h + 30min, 1h), ::testing::ElementsAre("b"));
  EXPECT_TRUE(may_hold(all, start + 22h, 1h).empty());
  EXPECT_TRUE(may_hold({{"a", start}}, start, 1h).empty());
}
