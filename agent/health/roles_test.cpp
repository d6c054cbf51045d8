// Start-up, readiness and saturation, of a service with several probes.
#include "agent/health/test_kit.hpp"

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;
using core::Standing;
using core::State;
using testing::HasSubstr;

TEST_F(HealthTest, WhileItStartsOnlyTheStartUpIsAskedAndThenOnlyTheOthers) {
  Script begun;
  begun.says = ready.says = Standing::not_ok;
  std::vector<ProbeSetup> probes;
  probes.push_back(of_role(Role::startup, "begun", begun, 20));
  probes.push_back(of_role(Role::live, "live", ready));
  begin(std::move(probes));
  clock.advance(10s);
  EXPECT_EQ(ready.asked, 0u);
  EXPECT_GE(begun.asked, 8u);
  EXPECT_EQ(health->verdict().state, State::unknown);
  EXPECT_THAT(health->verdict().why, HasSubstr("it is starting: begun failed"));
  begun.says = ready.says = Standing::ok;
  clock.advance(3s);
  EXPECT_EQ(health->verdict().state, State::healthy);
  const unsigned asked = begun.asked;
  clock.advance(10s);
  EXPECT_EQ(begun.asked, asked) << "it has begun, once and for all";
  ready.says = Standing::not_ok;
  clock.advance(5s);
  EXPECT_EQ(health->verdict().state, State::sick) << "nothing is forgiven any more";

  health->begin_again();
  EXPECT_EQ(health->verdict().state, State::unknown);
  const unsigned of_the_old = ready.asked;
  begun.says = Standing::not_ok;
  clock.advance(10s);
  EXPECT_EQ(ready.asked, of_the_old);
  EXPECT_GT(begun.asked, asked);
}

TEST_F(HealthTest, AStartUpThatTakesTooLongIsSick) {
  Script begun;
  begun.says = Standing::not_ok;
  std::vector<ProbeSetup> probes;
  probes.push_back(of_role(Role::startup, "begun", begun, 5));
  begin(std::move(probes));
  clock.advance(3s);
  EXPECT_EQ(health->verdict().state, State::unknown);
  clock.advance(5s);
  EXPECT_EQ(told.back(), "sick");
  EXPECT_THAT(health->verdict().why, HasSubstr("it has not started: begun failed"));
}

TEST_F(HealthTest, ReadinessIsToldWhenItGoesAndWhenItComesBack) {
  Script live;
  std::vector<ProbeSetup> probes;
  probes.push_back(of_role(Role::live, "live", live));
  probes.push_back(of_role(Role::ready, "warm", ready));
  begin(std::move(probes));
  clock.advance(10s);
  EXPECT_EQ(events.text.find("ready"), std::string::npos) << "a first yes is no news";
  ready.says = Standing::not_ok;
  clock.advance(5s);
  EXPECT_THAT(events.text, HasSubstr("tests-api is not ready: warm failed 3 times in a row: HTTP 503"));
  EXPECT_EQ(health->verdict().state, State::healthy);
  EXPECT_THAT(metrics(),
              HasSubstr("outrider_health_readiness{readiness=\"not_ready\",target=\"tests-api\"} 1"));
  ready.says = Standing::ok;
  clock.advance(2s);
  EXPECT_THAT(events.text, HasSubstr("tests-api is ready again"));
  EXPECT_EQ(std::count(told.begin(), told.end(), "sick"), 0);
}

TEST_F(HealthTest, SaturationIsSicknessOfAnotherKindUntilItOnlyFails) {
  begin_with_one();
  ready.says = Standing::not_ok;
  ready.sign = core::Sign::busy;
  clock.advance(20s);
  EXPECT_TRUE(health->verdict().saturated);
  EXPECT_THAT(events.text, HasSubstr("tests-api is saturated: ready failed 3 times in a row"));
  ready.sign = core::Sign::nothing;
  clock.advance(20s);
  EXPECT_FALSE(health->verdict().saturated) << "three plain failures are death, whatever came before";
  EXPECT_THAT(metrics(), HasSubstr("outrider_health_saturated{target=\"tests-api\"} 0"));
  EXPECT_EQ(told, (std::vector<std::string>{"healthy", "sick", "sick"}));
}
