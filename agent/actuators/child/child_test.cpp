#include "agent/actuators/child/child.hpp"

#include "agent/async/nursery.hpp"
#include "agent/config/load.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

const std::string program = "/usr/bin/tests-api";

class ChildTest : public testing::Test {
 protected:
  void SetUp() override {
    processes.program(program, [this](const os::Command& command, core::Random&, unsigned) {
      last = command;
      os::SimPlan plan;
      plan.grandchildren = 2;
      return plan;
    });
  }

  void run(core::Task<void> work) {
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(work));
    clock.advance(1s);
    ASSERT_EQ(nursery.size(), 0u);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  os::Command last;
  actuators::Tools tools{clock, processes};
};

core::Task<void> start_it(actuators::Actuator& actuator) {
  const auto started = co_await actuator.start();
  EXPECT_TRUE(started.has_value());
  if (!started) co_return;
  EXPECT_EQ(started->pid, actuator.pid());
  EXPECT_NE(started->output, nullptr);
  EXPECT_NE(started->errors, nullptr);
}

core::Task<void> wait_for_it(actuators::Actuator& actuator, os::Exit& how) { how = co_await actuator.wait(); }

}  // namespace

TEST_F(ChildTest, StartsTheProgramWithItsArgumentsDirectoryAndEnvironment) {
  const auto actuator =
      actuators::child::make_child(tools, {program, "--port", "8080"}, {{{"MODE", "demo"}}, "/srv"});
  run(start_it(*actuator));
  EXPECT_EQ(last.argv, (std::vector<std::string>{program, "--port", "8080"}));
  EXPECT_EQ(last.environment, std::vector<std::string>{"MODE=demo"});
  EXPECT_EQ(last.directory, "/srv");
  EXPECT_EQ(actuator->target(), program);
}

TEST_F(ChildTest, TakesDownWhatIsLeftOfTheGroupBeforeItStartsAgain) {
  const auto actuator = actuators::child::make_child(tools, {program}, {});
  run(start_it(*actuator));
  processes.end_all(program, os::SimPlan::crashed(SIGSEGV));
  os::Exit how;
  run(wait_for_it(*actuator, how));
  EXPECT_EQ(how.signal, SIGSEGV);
  EXPECT_EQ(actuator->pid(), 0);
  run(start_it(*actuator));
  EXPECT_EQ(processes.groups_alive(program), 1u) << "the grandchildren of the first are gone";
  EXPECT_EQ(processes.leaked(), 0u);
}

TEST_F(ChildTest, TerminatesTheWholeGroup) {
  const auto actuator = actuators::child::make_child(tools, {program}, {});
  EXPECT_FALSE(actuator->terminate().has_value()) << "nothing runs yet";
  run(start_it(*actuator));
  EXPECT_TRUE(actuator->terminate().has_value());
  os::Exit how;
  run(wait_for_it(*actuator, how));
  EXPECT_EQ(how.signal, SIGTERM);
  EXPECT_EQ(processes.groups_alive(program), 0u);
}

TEST_F(ChildTest, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  const auto actuator = actuators::child::make_child(tools, {"/no/such"}, {});
  std::string problem;
  auto work = [](actuators::Actuator& to, std::string& into) -> core::Task<void> {
    const auto started = co_await to.start();
    if (!started) into = started.error().what;
  };
  run(work(*actuator, problem));
  EXPECT_NE(problem.find("/no/such"), std::string::npos);
  EXPECT_EQ(actuator->pid(), 0);
}

TEST(ChildEntry, IsOnTheShelfAndItsExampleCanBeRead) {
  actuators::Shelf shelf;
  actuators::fill(shelf);
  const auto found = std::find_if(shelf.entries().begin(), shelf.entries().end(),
                                  [](const actuators::Entry& entry) { return entry.name == "child"; });
  ASSERT_NE(found, shelf.entries().end());
  const auto wanted = config::load_text("example.yaml", "[]", found->kind);
  EXPECT_FALSE(wanted) << "an empty command is refused";
  const auto read = config::load_text("example.yaml", "[/usr/bin/tests-api, --port, \"8080\"]", found->kind);
  EXPECT_TRUE(read);
}
