#include "agent/slo/burn.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::slo;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const core::WallTime begin{std::chrono::seconds(1'795'960'800)};
const Objective promise{"availability", "ready", false, 0.999, 24h * 30, 10s, {}};

// An answer each ten seconds; `good` says how the n-th is.
struct Story {
  explicit Story(core::Duration length, const std::function<bool(int)>& good) {
    for (int i = 0; i * 10s < length; ++i) tally.add(begin + i * 10s, Counts::of(good(i)));
    now = begin + length - 1s;
  }
  Burn burn() const { return burn_of(promise, tally, now); }
  Tally tally{24h * 30};
  core::WallTime now;
};

bool always(int) { return true; }

}  // namespace

TEST(Burn, AServiceThatAnswersHasItsBudgetAndIsHealthy) {
  const Burn burn = Story(24h * 30, always).burn();
  EXPECT_EQ(burn.state, core::State::healthy);
  EXPECT_EQ(burn.urgency, Urgency::none);
  EXPECT_DOUBLE_EQ(burn.budget_left, 1);
  EXPECT_NEAR(burn.seen, 1, 0.001);
}

TEST(Burn, AnOutageOfMinutesPagesAndNoLongerOnceItIsOver) {
  const auto outage = [](int i) { return i < 24 * 360 - 12; };  // two minutes of a day
  const Burn during = Story(24h, outage).burn();
  EXPECT_EQ(during.urgency, Urgency::page);
  EXPECT_EQ(during.state, core::State::sick);
  EXPECT_NEAR(during.rates[0], 12.0 / 360 / 0.001, 0.5);
  EXPECT_THAT(during.why,
              HasSubstr("availability burns its error budget 33.3 times as fast as it may, over 1h"));
  const auto over = [](int i) { return i < 24 * 360 - 12 || i >= 24 * 360; };
  const Burn after = Story(24h + 6min, over).burn();
  EXPECT_GE(after.rates[0], 14.4) << "the hour still has it";
  EXPECT_LT(after.rates_now[0], 14.4) << "but it does not go on";
  EXPECT_NE(after.urgency, Urgency::page);
}

TEST(Burn, ALeakThatSpendsTheBudgetInTenDaysIsATicketAndNoPage) {
  const auto leak = [](int i) { return i % 300 != 0; };  // 3.3 times
  const Burn burn = Story(24h * 4, leak).burn();
  EXPECT_EQ(burn.urgency, Urgency::ticket);
  EXPECT_EQ(burn.state, core::State::sick);
}

TEST(Burn, OneBadAnswerOfTheFirstTenIsNoFireAndNothingIsKnownYet) {
  const Burn burn = Story(100s, [](int i) { return i != 3; }).burn();
  EXPECT_EQ(burn.urgency, Urgency::none);
  EXPECT_EQ(burn.state, core::State::unknown) << "ten answers do not make an hour";
  EXPECT_THAT(burn.why, HasSubstr("only 3 % was seen"));
}

TEST(Burn, AnOutageFromTheStartBurnsAsSoonAsItWouldInAWholeHour) {
  EXPECT_EQ(Story(40s, [](int) { return false; }).burn().urgency, Urgency::none);
  EXPECT_EQ(Story(2min, [](int) { return false; }).burn().urgency, Urgency::page);
}

TEST(Burn, ABudgetThatIsOverspentIsSickThoughNothingBurns) {
  Tally tally(24h * 30);
  for (int i = 0; i < 400; ++i) tally.add(begin + i * 10s, Counts::of(false));
  for (int i = 0; i < 360 * 6; ++i) tally.add(begin + 24h * 10 + i * 10s, Counts::of(true));
  const Burn burn = burn_of(promise, tally, begin + 24h * 10 + 6h - 1s);
  EXPECT_EQ(burn.urgency, Urgency::none);
  EXPECT_LT(burn.budget_left, 0);
  EXPECT_EQ(burn.state, core::State::sick);
  EXPECT_THAT(burn.why, HasSubstr("overspent"));
}

TEST(Burn, WhatTheProberCouldNotSeeCountsForNobody) {
  core::Answer answer;
  EXPECT_EQ(is_good(promise, answer), std::nullopt);
  answer.standing = core::Standing::ok;
  answer.took = 400ms;
  EXPECT_EQ(is_good(promise, answer), true);
  Objective quick = promise;
  quick.faster_than = 300ms;
  EXPECT_EQ(is_good(quick, answer), false);
  answer.took = 300ms;
  EXPECT_EQ(is_good(quick, answer), true);
  answer.standing = core::Standing::not_ok;
  EXPECT_EQ(is_good(promise, answer), false);
}

namespace {

const Objective of_requests{"availability", "requests", true, 0.999, 24h * 30, {}, {}};

}  // namespace

TEST(BurnOfRequests, BadOnesAreHeldAgainstThoseThatCame) {
  Tally tally(24h * 30);
  tally.add(begin, {990, 10});
  const Burn burn = burn_of(of_requests, tally, begin + 1min);
  EXPECT_NEAR(burn.rates[0], 10, 1e-9) << "a hundredth of them, where a thousandth is allowed";
  EXPECT_NEAR(burn.budget_left, -9, 1e-9);
  EXPECT_EQ(burn.state, core::State::sick);
  EXPECT_EQ(burn.urgency, Urgency::page) << "6 times as fast over 6 h, and still over 30 min";
}

TEST(BurnOfRequests, SoFewThatTheySayNothingAreNoFireAndNotWell) {
  Tally tally(24h * 30);
  tally.add(begin, {5, 2});
  Burn burn = burn_of(of_requests, tally, begin + 1min);
  EXPECT_EQ(burn.urgency, Urgency::none);
  EXPECT_EQ(burn.rates[0], 0);
  Tally quiet(24h * 30);
  quiet.add(begin, {5, 0});
  burn = burn_of(of_requests, quiet, begin + 1min);
  EXPECT_EQ(burn.state, core::State::unknown);
  EXPECT_THAT(burn.why, HasSubstr("in the last 1h only 5 requests came"));
}

TEST(BurnOfRequests, EnoughGoodOnesAreWell) {
  Tally tally(24h * 30);
  tally.add(begin, {5'000'000'000, 0});  // more than 32 bits of them
  const Burn burn = burn_of(of_requests, tally, begin + 1min);
  EXPECT_EQ(burn.state, core::State::healthy);
  EXPECT_EQ(burn.period.good, 5'000'000'000u);
  EXPECT_EQ(burn.urgency, Urgency::none);
}
