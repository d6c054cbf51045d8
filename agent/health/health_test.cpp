#include "agent/health/health.hpp"

#include "agent/health/test_kit.hpp"

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;
using core::Standing;
using core::State;
using testing::HasSubstr;

TEST_F(HealthTest, AsksAtOnceAndThenAboutAsOftenAsConfigured) {
  begin_with_one();
  EXPECT_EQ(ready.asked, 1u);
  EXPECT_EQ(told, std::vector<std::string>{"healthy"});
  clock.advance(100s);
  EXPECT_GE(ready.asked, 19u);
  EXPECT_LE(ready.asked, 23u);
  const auto status = health->probes()[0];
  EXPECT_EQ(status.target, "http://127.0.0.1:8080/healthz");
  EXPECT_EQ(status.last, Standing::ok);
  EXPECT_EQ(status.asked_total, ready.asked);
  EXPECT_THAT(metrics(),
              HasSubstr("outrider_probe_standing{kind=\"http\",probe=\"ready\",standing=\"ok\"} 1"));
  EXPECT_THAT(metrics(), HasSubstr("outrider_health_state{state=\"healthy\",target=\"tests-api\"} 1"));
}

TEST_F(HealthTest, ProbesThatBeginTogetherAreAskedAgainEachAtATimeOfItsOwn) {
  std::vector<Script> scripts(50);
  std::vector<ProbeSetup> probes;
  for (std::size_t i = 0; i < scripts.size(); ++i)
    probes.push_back(setup("ready-" + std::to_string(i), scripts[i], 10s));
  begin(std::move(probes));
  const auto asked = [&] {
    unsigned sum = 0;
    for (const Script& script : scripts) sum += script.asked;
    return sum;
  };
  EXPECT_EQ(asked(), 50u);
  clock.advance(5s);
  EXPECT_GT(asked(), 50u + 10u);
  EXPECT_LT(asked(), 50u + 40u);
}

TEST_F(HealthTest, SlowAnswersNeverPileUp) {
  ready.takes = 900ms;
  std::vector<ProbeSetup> probes;
  probes.push_back(setup("ready", ready, 100ms));
  begin(std::move(probes));
  clock.advance(9s);
  EXPECT_EQ(ready.most_at_once, 1u);
  EXPECT_LE(ready.asked, 11u);
}

TEST_F(HealthTest, AProbeThatOverstaysItsTimeoutIsCutOffAndSaysNothing) {
  ready.takes = 1h;
  begin_with_one();
  clock.advance(2s);
  EXPECT_EQ(health->probes()[0].last, Standing::unknown);
  EXPECT_EQ(health->probes()[0].detail, "the probe gave no answer in time");
  clock.advance(1min);
  EXPECT_TRUE(told.empty()) << "unknown from the start is no news";
}

TEST_F(HealthTest, ARunOfFailuresIsToldOnceWithItsReason) {
  begin_with_one();
  ready.says = Standing::not_ok;
  clock.advance(1min);
  EXPECT_EQ(told, (std::vector<std::string>{"healthy", "sick"}));
  EXPECT_THAT(health->verdict().why, HasSubstr("in a row: HTTP 503"));
  EXPECT_THAT(metrics(), HasSubstr("outrider_health_changes_total{state=\"sick\",target=\"tests-api\"} 1"));
  ready.says = Standing::ok;
  clock.advance(6s);
  EXPECT_EQ(told.back(), "healthy");
}

TEST_F(HealthTest, ADependencyIsAskedOnceMoreBeforeTheServiceIsCalledSick) {
  begin_with_database();
  clock.advance(15s);
  const unsigned asked_before = database.asked;
  ready.says = database.says = Standing::not_ok;
  clock.advance(5s);
  EXPECT_GT(database.asked, asked_before) << "not only in a minute";
  EXPECT_EQ(told.back(), "sick by database");
  EXPECT_EQ(std::count(told.begin(), told.end(), "sick"), 0) << "it was never sick without its explanation";
  database.says = Standing::ok;
  clock.advance(2min);
  EXPECT_EQ(told.back(), "sick") << "the database is back, the service is not";
}

TEST_F(HealthTest, AHealthyDependencyDoesNotHoldTheVerdictBack) {
  begin_with_database();
  ready.says = Standing::not_ok;
  clock.advance(5s);
  EXPECT_EQ(told.back(), "sick");
}

TEST_F(HealthTest, ANewProcessIsAskedAtOnceAndAnAnswerAboutTheOldOneForgotten) {
  begin_with_one();
  ready.takes = 500ms;
  ready.says = Standing::ok;
  clock.advance(5600ms);  // a question to the old process may be on its way
  ready.says = Standing::not_ok;
  health->begin_again();
  EXPECT_EQ(health->verdict().state, State::unknown);
  clock.advance(3s);
  EXPECT_EQ(health->verdict().state, State::unknown) << health->verdict().why;
  EXPECT_THAT(health->probes()[0].why, HasSubstr("warming up"));
  ready.says = Standing::ok;
  clock.advance(2s);
  EXPECT_EQ(told.back(), "healthy");
}

TEST_F(HealthTest, AKeptProbeKeepsItsRunsAndItsHistoryWhenOthersComeChangeAndGo) {
  begin_with_database();
  ready.says = Standing::not_ok;
  clock.advance(2200ms);
  const auto before = health->probes()[0];
  ASSERT_EQ(before.last, Standing::not_ok);
  ASSERT_EQ(before.state, State::healthy) << "two failures are not three";

  Script port;
  std::vector<ProbeSetup> wanted;
  wanted.push_back(setup("port", port, 1s));
  wanted.push_back(kept("ready"));
  reconfigure(std::move(wanted));
  EXPECT_EQ(names(), (std::vector<std::string>{"port", "ready"}));
  EXPECT_EQ(port.asked, 1u) << "at once";
  EXPECT_EQ(health->probes()[1].asked_total, before.asked_total);
  EXPECT_EQ(health->probes()[1].last, Standing::not_ok);
  const unsigned database_asked = database.asked;
  clock.advance(1200ms);
  EXPECT_EQ(health->verdict().state, State::sick) << "the third failure in a row";
  EXPECT_EQ(database.asked, database_asked) << "it is asked no more";
  EXPECT_EQ(metrics().find("probe=\"database\""), std::string::npos);
  EXPECT_EQ(metrics().find("target=\"database\""), std::string::npos);
}

TEST_F(HealthTest, AChangedProbeBeginsAnewUnderItsOldName) {
  begin_with_one();
  clock.advance(1min);
  Script other;
  other.says = Standing::not_ok;
  ProbeSetup changed = setup("ready", other, 1s);
  changed.kind = "tcp";
  const unsigned asked = ready.asked;
  std::vector<ProbeSetup> wanted;
  wanted.push_back(std::move(changed));
  reconfigure(std::move(wanted));
  EXPECT_EQ(health->probes()[0].asked_total, 1u);
  EXPECT_EQ(health->verdict().state, State::unknown) << "it warms up";
  clock.advance(15s);
  EXPECT_EQ(health->verdict().state, State::sick);
  EXPECT_EQ(ready.asked, asked);
  EXPECT_EQ(metrics().find("kind=\"http\",probe=\"ready\""), std::string::npos);
  EXPECT_THAT(metrics(), HasSubstr("kind=\"tcp\",probe=\"ready\""));
}

TEST_F(HealthTest, WithoutTheProbeThatWasSickTheVerdictIsWeighedAnew) {
  Script port;
  std::vector<ProbeSetup> probes;
  probes.push_back(setup("ready", ready, 1s));
  probes.push_back(setup("port", port, 1s));
  begin(std::move(probes));
  port.says = Standing::not_ok;
  clock.advance(10s);
  ASSERT_EQ(told.back(), "sick");
  std::vector<ProbeSetup> wanted;
  wanted.push_back(kept("ready"));
  reconfigure(std::move(wanted));
  EXPECT_EQ(told.back(), "healthy");
  reconfigure({});
  EXPECT_EQ(told.back(), "unknown") << "nobody asks any more";
}

TEST_F(HealthTest, AKeptProbeHearsOfAnotherWarmUp) {
  ready.says = Standing::not_ok;
  begin_with_one();
  ProbeSetup same = kept("ready");
  same.policy.warm_up = 1h;
  std::vector<ProbeSetup> wanted;
  wanted.push_back(std::move(same));
  reconfigure(std::move(wanted));
  clock.advance(5min);
  EXPECT_EQ(health->verdict().state, State::unknown) << "it is still warming up";
}

TEST_F(HealthTest, ADependencyThatIsBackExplainsUntilTheServiceHadItsChanceToGetWell) {
  begin_with_database();
  ready.says = database.says = Standing::not_ok;
  clock.advance(70s);
  ASSERT_EQ(told.back(), "sick by database");
  ready.takes = 900ms;
  database.says = Standing::ok;
  while (health->probes()[1].last != Standing::ok) clock.advance(100ms);
  EXPECT_EQ(told.back(), "sick by database") << "its own next answer has not come yet";
  ready.says = Standing::ok;
  clock.advance(3s);
  EXPECT_EQ(told.back(), "healthy");
  EXPECT_EQ(std::count(told.begin(), told.end(), "sick"), 0);
}
