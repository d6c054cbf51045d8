// Stories of the whole agent that want exact times: what it tells, what it keeps, what it leaves alone.
#include "agent/audit/verify.hpp"
#include "agent/core/concerns.hpp"
#include "tests/sim/sim_world.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class AgentTest : public testing::Test {
 protected:
  void SetUp() override { world.pass(1min); }

  // What happened; what people were told of it is another story.
  std::vector<std::string> told() {
    std::vector<std::string> sentences;
    for (const core::Event& event : world.agent->status().timeline) {
      if (event.kind != core::EventKind::notification) sentences.push_back(event.sentence);
    }
    return sentences;
  }
  std::vector<std::string> people() {
    std::vector<std::string> all;
    for (const sim::Told& one : std::exchange(world.told, {})) all.push_back(one.stage + " " + one.name);
    return all;
  }
  // What was told since it was asked last.
  std::vector<std::string> news() {
    std::vector<std::string> all = told();
    std::vector<std::string> fresh(all.begin() + static_cast<std::ptrdiff_t>(seen_), all.end());
    seen_ = all.size();
    return fresh;
  }

  sim::SimWorld world{7};

 private:
  std::size_t seen_ = 0;
};

core::Task<void> restart(app::Agent& agent, std::string& answer) {
  core::Operator alice{"alice", "new certificate"};
  const auto outcome = co_await agent.restart(std::move(alice), false);
  answer = outcome ? *outcome : outcome.error().what;
}

}  // namespace

TEST_F(AgentTest, TellsEachFactOnce) {
  EXPECT_THAT(news(),
              ElementsAre("outrider 0.0.0 began", "tests-api is started for the first time",
                          "database is healthy: answered once in a row",
                          "tests-api is executing as process 1000", "tests-api is healthy: its probe is ok"));
  world.pass(10min);
  world.processes.end_all(sim::service_program, os::SimPlan::crashed(SIGSEGV));
  world.pass(1min);
  EXPECT_THAT(news(), ElementsAre("tests-api was killed by signal 11 (SIGSEGV) after 10m59s",
                                  HasSubstr("is opened: tests-api was killed by signal 11 (SIGSEGV)"),
                                  "tests-api was killed by signal 11 (SIGSEGV); it is started again at once",
                                  "tests-api is executing as process 1001, 2ms after the one before it ended",
                                  "tests-api is healthy: its probe is ok", HasSubstr("is over: well again")));
  EXPECT_THAT(people(), ElementsAre("firing ServiceDown", "resolved ServiceDown"));
  world.pass(10min);
  world.service_is_sick = true;
  world.pass(2min);
  EXPECT_THAT(people(), ElementsAre("firing ServiceDown", "resolved ServiceDown"));
  EXPECT_THAT(news(),
              ElementsAre("ready answered not_ok: HTTP 503, wanted 200-299",
                          "tests-api is sick: ready failed 3 times in a row: HTTP 503, wanted 200-299",
                          "tests-api is restarted: ready failed 3 times in a row: HTTP 503, wanted 200-299",
                          HasSubstr("is opened: tests-api is restarted: ready failed 3 times"),
                          HasSubstr("tests-api exited with code 0 after 11m"),
                          "tests-api is executing as process 1002, 2ms after the one before it ended",
                          "tests-api is healthy: its probe is ok", HasSubstr("is over: well again")));
  EXPECT_EQ(world.agent->status().service.last_restart_reason,
            "tests-api was sick: ready failed 3 times in a row: HTTP 503, wanted 200-299");
  world.pass(10min);
  std::string answer;
  async::Nursery asking(world.loop.get_executor());
  asking.start(restart(*world.agent, answer));
  world.pass(1min);
  EXPECT_THAT(news(), ElementsAre("alice asks for a restart of tests-api: new certificate",
                                  HasSubstr("tests-api exited with code 0 after 11m"),
                                  "tests-api is executing as process 1003, 2ms after the one before it ended",
                                  "tests-api is healthy: its probe is ok"));
  EXPECT_THAT(people(), ElementsAre()) << "alice knows of it";
  world.pass(10min);
  EXPECT_EQ(world.end(), 0);
  EXPECT_THAT(news(),
              ElementsAre("outrider is stopping",
                          "outrider is ending, so tests-api is stopped with SIGTERM and has 5s to end",
                          HasSubstr("tests-api exited with code 0 after 10m")));
}

TEST_F(AgentTest, ADependencysTroubleIsToldOfItAndOnceOfTheServiceItExplains) {
  (void)news();
  world.net.set_fault(sim::database_address, {net::Trouble::refuse, {}, 0});
  world.pass(2min);
  EXPECT_THAT(news(), ElementsAre(HasSubstr("database answered not_ok"),
                                  HasSubstr("database is sick: failed 3 times in a row")));
  world.service_is_sick = true;
  world.pass(2min);
  EXPECT_THAT(news(),
              ElementsAre(HasSubstr("ready answered not_ok"),
                          testing::AllOf(HasSubstr("tests-api is sick: ready failed 3 times in a row"),
                                         HasSubstr("; database explains it")),
                          HasSubstr("but database is in trouble and explains it")));
  EXPECT_THAT(people(), ElementsAre("firing ProbeFailing")) << "one root cause, one message";
  EXPECT_EQ(world.processes.starts().size(), 1u);
}

TEST_F(AgentTest, AWallClockThatJumpsAnHourForthAndBackHarmsNothing) {
  world.pass(10min);
  (void)news();
  for (const core::Duration jump : {core::Duration(1h), core::Duration(-2h), core::Duration(1h)}) {
    const core::WallTime wall = world.clock.wall();
    const auto before = world.agent->status();
    world.clock.jump_wall(jump);
    world.pass(10min);
    const auto after = world.agent->status();
    EXPECT_EQ(after.now - wall, jump + 10min) << "it did jump";
    const auto asked = after.probes[0].asked_total - before.probes[0].asked_total;
    EXPECT_GE(asked, 100u) << "every 5 s, whatever the wall says";
    EXPECT_LE(asked, 140u);
    EXPECT_EQ(core::severity_of(after), core::Severity::fine) << after.sentence;
    EXPECT_EQ(after.service.budget_left, before.service.budget_left);
    for (const core::ProbeStatus& probe : after.probes) EXPECT_GE(probe.took, 0s);
    for (const core::RiverStatus& river : after.rivers) EXPECT_GE(river.lag, 0s);
  }
  EXPECT_THAT(news(), ElementsAre()) << "nothing happened, so nothing is told";
  EXPECT_EQ(world.processes.starts().size(), 1u);

  world.clock.jump_wall(-1h);
  world.processes.end_all(sim::service_program, os::SimPlan::crashed(SIGSEGV));
  world.pass(1min);
  EXPECT_EQ(world.agent->status().service.restarts_total, 1u);
  world.clock.jump_wall(2h);
  world.pass(1min);
  EXPECT_EQ(world.agent->status().service.budget_left, 4u) << "the budget counts real time";
  EXPECT_EQ(world.end(), 0);
  const auto report = audit::verify(world.files, "/var/lib/outrider/audit");
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->intact()) << report->sentence();
}

TEST_F(AgentTest, AReloadTakesEachProbeForItself) {
  world.pass(10min);
  (void)news();
  const auto before = world.agent->status();
  const std::string standing = world.configuration;
  const std::string anchor = "    database: {";
  world.configuration.insert(world.configuration.find(anchor),
                             "    port: {tcp: \"127.0.0.1:8080\", every: 5s}\n");
  world.signals.deliver(SIGHUP);
  world.pass(1s);
  EXPECT_THAT(news(), testing::Contains(HasSubstr("(adds port; keeps ready, database)")));
  auto after = world.agent->status();
  ASSERT_EQ(after.probes.size(), 3u);
  EXPECT_GE(after.probes[0].asked_total, before.probes[0].asked_total);
  EXPECT_EQ(after.probes[0].state, core::State::healthy);
  EXPECT_EQ(after.probes[1].asked_total, 1u);
  world.configuration = standing;
  world.configuration.replace(world.configuration.find("every: 5s"), 9, "every: 2s");
  world.signals.deliver(SIGHUP);
  world.pass(1s);
  EXPECT_THAT(news(), testing::Contains(HasSubstr("(changes ready; removes port; keeps database)")));
  after = world.agent->status();
  ASSERT_EQ(after.probes.size(), 2u);
  EXPECT_LT(after.probes[0].asked_total, 5u) << "another probe under the old name";
  EXPECT_GE(after.probes[1].asked_total, before.probes[1].asked_total);
  world.pass(10min);
  EXPECT_EQ(world.agent->status().state, core::State::healthy);
  EXPECT_EQ(world.processes.starts().size(), 1u);
}
