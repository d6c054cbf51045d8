#include "agent/alert/alerts.hpp"

#include "agent/alert/courier.hpp"
#include "agent/alert/room_testing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::alert;
using namespace outrider::alert::testing;
using namespace std::chrono_literals;
using notifiers::Hope;

TEST_F(AlertsTest, EachIsToldAndADeadOneDelaysNoOther) {
  people.at("mail").is_mute = true;
  now = sick();
  start();
  clock.advance(2s);
  ASSERT_EQ(people.at("chat").heard.size(), 1u);
  now = well();
  clock.advance(10s);
  ASSERT_EQ(people.at("chat").heard.size(), 2u);
  EXPECT_TRUE(people.at("chat").heard[1].starts_with("resolved "));
  EXPECT_TRUE(people.at("mail").heard.empty());
  const auto status = alerts->status();
  EXPECT_EQ(status.notifiers.at(1).waiting, 1u) << "one message waits, not two";
}

TEST_F(AlertsTest, WhatFailsIsTriedAgainUnderTheSameIdAsTheOtherSideWantsIt) {
  people.at("chat").troubles = {{{core::Errc::busy, "not now"}, Hope::again, 30s},
                                {{core::Errc::busy, "not now"}, Hope::again, {}}};
  now = sick();
  start();
  clock.advance(20s);
  EXPECT_EQ(people.at("chat").heard.size(), 1u) << "it asked to be left alone for 30 s";
  EXPECT_FALSE(alerts->status().notifiers.at(0).trouble.empty());
  clock.advance(60s);
  ASSERT_EQ(people.at("chat").heard.size(), 3u);
  EXPECT_EQ(people.at("chat").heard[0], people.at("chat").heard[2]);
  EXPECT_TRUE(alerts->status().notifiers.at(0).trouble.empty());
  EXPECT_EQ(alerts->status().notifiers.at(0).waiting, 0u);
}

TEST_F(AlertsTest, WhatItWillNeverTakeIsGivenUpAndTold) {
  people.at("chat").troubles = {{{core::Errc::refused, "no such place"}, Hope::never, {}}};
  now = sick();
  start();
  clock.advance(2min);
  EXPECT_EQ(people.at("chat").heard.size(), 1u);
  EXPECT_EQ(alerts->status().notifiers.at(0).waiting, 0u);
  EXPECT_TRUE(std::ranges::any_of(events.told, [](const std::string& sentence) {
    return sentence.find("notification failed: no such place") != std::string::npos;
  }));
}

TEST_F(AlertsTest, AnAgentThatWasKilledBeforeItCouldTellTellsAfterwards) {
  people.at("chat").is_mute = true;
  now = sick();
  start();
  clock.advance(3s);
  stop();
  people.at("chat").is_mute = false;
  now = well();
  now.service.state = core::State::unknown;
  now.probes.clear();
  start();
  clock.advance(3s);
  ASSERT_EQ(people.at("chat").heard.size(), 1u);
  EXPECT_EQ(people.at("chat").heard[0], people.at("mail").heard.at(0)) << "the same message, by its id";
}

TEST_F(AlertsTest, TheHeartIsHeardOnlyWhileTheRiversTurn) {
  settings.heartbeat = Heartbeat{10s, {"mail"}};
  start();
  clock.advance(35s);
  EXPECT_EQ(people.at("mail").heard.size(), 4u);
  EXPECT_TRUE(people.at("chat").heard.empty());
  now.rivers[1].turning = false;
  people.at("mail").heard.clear();
  clock.advance(35s);
  for (const std::string& heard : people.at("mail").heard)
    EXPECT_FALSE(heard.starts_with("heartbeat ")) << heard;
}

TEST_F(AlertsTest, WhomAMessageDidNotReachIsShownAlthoughOthersHaveIt) {
  people.at("mail").missed = "email refused a@school.example (550 no such user)";
  now = sick();
  start();
  clock.advance(3s);
  EXPECT_EQ(people.at("mail").heard.size(), 1u) << "the others have it: it is not sent again";
  EXPECT_EQ(alerts->status().notifiers.at(1).trouble, people.at("mail").missed);
  EXPECT_EQ(std::ranges::count(events.told, "not all were reached: " + people.at("mail").missed), 1);
}

TEST(Pace, WaitsGrowAndWhatSomebodyMustMendIsTriedSeldom) {
  const auto random = os::make_seeded_random(1);
  Pace pace(1s);
  core::Instant now{};
  const notifiers::Trouble again{{core::Errc::busy, "x"}, Hope::again, {}};
  const notifiers::Trouble mend{{core::Errc::denied, "x"}, Hope::mend, {}};
  core::Duration last{};
  for (int i = 0; i < 6; ++i) {
    pace.failed(again, now, *random);
    EXPECT_GT(pace.not_before() - now, last / 2 + 500ms);
    last = pace.not_before() - now;
  }
  EXPECT_LE(last, 2min);
  pace.went_well(now, {});
  EXPECT_EQ(pace.not_before(), now + 1s) << "its gap";
  pace.failed(mend, now, *random);
  EXPECT_GE(pace.not_before() - now, 10s);
}
