#include "agent/health/health.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::health;
using namespace std::chrono_literals;
using core::Standing;
using core::State;
using testing::HasSubstr;

namespace {

// What a scripted probe says; the test changes it while the loop runs.
struct Script {
  Standing says = Standing::ok;
  core::Duration takes{};
  core::Sign sign = core::Sign::nothing;
  unsigned asked = 0;
  unsigned at_once = 0, most_at_once = 0;
};

class ScriptedProbe final : public probes::Probe {
 public:
  ScriptedProbe(Script& script, core::Clock& clock) : script_(script), clock_(clock) {}
  core::Task<core::Answer> ask(core::Duration) override {
    ++script_.asked;
    script_.most_at_once = std::max(script_.most_at_once, ++script_.at_once);
    struct Leave {
      Script& script;
      ~Leave() { --script.at_once; }
    } const leave{script_};
    core::Answer answer;
    answer.standing = script_.says;
    answer.detail = answer.standing == Standing::ok ? "HTTP 200" : "HTTP 503";
    answer.took = script_.takes;
    answer.sign = script_.sign;
    if (script_.takes > 0s) co_await clock_.sleep(script_.takes);
    co_return answer;
  }
  std::string target() const override { return "http://127.0.0.1:8080/healthz"; }

 private:
  Script& script_;
  core::Clock& clock_;
};

struct MemoryEvents final : core::EventSink {
  void record(core::EventKind, std::string, std::string sentence) override { text += sentence + "\n"; }
  std::string text;
};

class HealthTest : public testing::Test {
 protected:
  ProbeSetup setup(std::string name, Script& script, core::Duration every, bool dependency = false) {
    ProbeSetup made;
    made.name = std::move(name);
    made.kind = "http";
    made.probe = std::make_unique<ScriptedProbe>(script, clock);
    made.every = every;
    made.dependency = dependency;
    made.policy.warm_up = 10s;
    return made;
  }

  void begin(std::vector<ProbeSetup> probes) {
    const Tools tools{loop.get_executor(), clock, *random, registry, events, log};
    health = std::make_unique<Health>(
        "tests-api", std::move(probes), tools, [this](const core::ServiceVerdict& verdict) {
          const std::string by = verdict.explained_by();
          told.push_back(std::string(core::name_of(verdict.state)) + (by.empty() ? "" : " by " + by));
        });
    nursery.start(health->run());
    clock.settle();
  }

  void begin_with_one() {
    std::vector<ProbeSetup> probes;
    probes.push_back(setup("ready", ready, 5s));
    begin(std::move(probes));
  }

  void begin_with_database() {
    std::vector<ProbeSetup> probes;
    probes.push_back(setup("ready", ready, 1s));
    probes.push_back(setup("database", database, 1min, true));
    begin(std::move(probes));
  }

  ProbeSetup of_role(Role role, std::string name, Script& script, std::uint32_t fail_after = 3) {
    ProbeSetup made = setup(std::move(name), script, 1s);
    made.role = role;
    made.policy.warm_up = 0s;
    made.policy.fail_after = fail_after;
    return made;
  }

  ProbeSetup kept(std::string name) {
    ProbeSetup made;
    made.name = std::move(name);
    made.policy.warm_up = 10s;
    return made;
  }

  // A reload, as app asks for it.
  void reconfigure(std::vector<ProbeSetup> probes) {
    auto work = [](Health& of, std::vector<ProbeSetup> wanted) -> core::Task<void> {
      co_await of.reconfigure(std::move(wanted));
    };
    nursery.start(work(*health, std::move(probes)));
    clock.settle();
  }

  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& probe : health->probes()) all.push_back(probe.name);
    return all;
  }

  void TearDown() override {
    nursery.cancel();
    clock.advance(10s);
    EXPECT_EQ(nursery.size(), 0u);
    EXPECT_EQ(clock.sleepers(), 0u);
  }

  std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  prometheus::Registry registry;
  MemoryEvents events;
  os::CapturedLog log;
  Script ready, database;
  std::vector<std::string> told;
  std::unique_ptr<Health> health;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace

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
