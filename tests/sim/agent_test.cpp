// Stories of the whole agent that want exact times: what it tells, what it keeps, what it leaves alone.
#include "agent/audit/verify.hpp"
#include "tests/sim/sim_world.hpp"

#include <algorithm>
#include <csignal>

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

  std::vector<std::string> told() {
    std::vector<std::string> sentences;
    for (const core::Event& event : world.agent->status().timeline) sentences.push_back(event.sentence);
    return sentences;
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
                                  "tests-api was killed by signal 11 (SIGSEGV); it is started again at once",
                                  "tests-api is executing as process 1001, 2ms after the one before it ended",
                                  "tests-api is healthy: its probe is ok"));
  world.pass(10min);
  world.service_is_sick = true;
  world.pass(2min);
  EXPECT_THAT(news(),
              ElementsAre("ready answered not_ok: HTTP 503, wanted 200-299",
                          "tests-api is sick: ready failed 3 times in a row: HTTP 503, wanted 200-299",
                          "tests-api is restarted: ready failed 3 times in a row: HTTP 503, wanted 200-299",
                          HasSubstr("tests-api exited with code 0 after 11m"),
                          "tests-api is executing as process 1002, 2ms after the one before it ended",
                          "tests-api is healthy: its probe is ok"));
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
  EXPECT_EQ(world.processes.starts().size(), 1u);
}
