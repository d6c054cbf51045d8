#include "agent/os/sim_processes.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <csignal>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

const std::string api = "/usr/bin/tests-api";

core::Task<void> note_exit(Process& process, std::optional<Exit>& exit) { exit = co_await process.wait(); }

core::Task<void> collect(std::unique_ptr<ByteSource> source, std::string& all, bool& ended) {
  std::string buffer(64, '\0');
  for (;;) {
    const auto count = co_await source->read(buffer);
    if (!count || *count == 0) break;
    all.append(buffer, 0, *count);
  }
  ended = true;
}

class SimProcessesTest : public testing::Test {
 protected:
  void plan(const SimPlan& plan) {
    sim.program(api, [plan](const Command&, core::Random&, unsigned) { return plan; });
  }

  core::Outcome<std::unique_ptr<Process>> start() {
    core::Outcome<std::unique_ptr<Process>> result;
    nursery.start(start_into(result));
    clock.settle();
    return result;
  }

  core::Task<void> start_into(core::Outcome<std::unique_ptr<Process>>& result) {
    const Command command{.argv = {api}};
    result = co_await sim.start(command);
  }

  void TearDown() override {
    nursery.cancel();
    clock.settle();
  }

  boost::asio::io_context loop;
  SimClock clock{loop};
  std::unique_ptr<core::Random> random = make_seeded_random(1);
  async::Nursery nursery{loop.get_executor()};
  SimProcesses sim{loop.get_executor(), clock, *random};
};

}  // namespace

TEST_F(SimProcessesTest, LivesAsLongAsPlannedAndEndsAsPlanned) {
  plan({.lives = 10s, .ends = SimPlan::exited(3)});
  const auto process = start();
  std::optional<Exit> exit;
  nursery.start(note_exit(**process, exit));
  clock.advance(9s);
  EXPECT_FALSE(exit.has_value());
  EXPECT_EQ(sim.alive(api), 1u);
  clock.advance(1s);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->sentence(), "exited with code 3");
  EXPECT_EQ(sim.alive(api), 0u);
}

TEST_F(SimProcessesTest, TermEndsItWhenItListensAndKillAlways) {
  plan({.term_takes = 2s, .on_term = SimPlan::exited(0)});
  const auto polite = start();
  std::optional<Exit> exit;
  nursery.start(note_exit(**polite, exit));
  clock.settle();
  EXPECT_TRUE((*polite)->signal(SIGTERM).has_value());
  clock.advance(1s);
  EXPECT_FALSE(exit.has_value());
  clock.advance(1s);
  EXPECT_TRUE(exit && exit->succeeded());
  EXPECT_EQ((*polite)->signal(SIGTERM).error().code, core::Errc::not_found);

  plan({.ignores_term = true});
  const auto deaf = start();
  std::optional<Exit> killed;
  nursery.start(note_exit(**deaf, killed));
  EXPECT_TRUE((*deaf)->signal_group(SIGTERM).has_value());
  clock.advance(1h);
  EXPECT_FALSE(killed.has_value());
  EXPECT_TRUE((*deaf)->signal_group(SIGKILL).has_value());
  clock.settle();
  EXPECT_EQ(killed.value_or(Exit{}).sentence(), "killed by signal 9 (SIGKILL)");
}

TEST_F(SimProcessesTest, WritesItsLinesInTimeAndEndsItsOutputWithTheGroup) {
  plan({.lives = 5s,
        .lines = {{1s, "one\n", false}, {2s, "bad\n", true}, {4s, "two", false}, {9s, "never\n", false}},
        .line_every = 3s,
        .repeated_line = "tick\n",
        .grandchildren = 1});
  const auto process = start();
  std::string output;
  std::string errors;
  bool output_ended = false;
  bool errors_ended = false;
  nursery.start(collect((*process)->take_output(), output, output_ended));
  nursery.start(collect((*process)->take_errors(), errors, errors_ended));
  EXPECT_EQ((*process)->take_output(), nullptr);
  clock.advance(1s);
  EXPECT_EQ(output, "one\n");
  clock.advance(1h);
  EXPECT_EQ(output, "one\ntick\ntwo");
  EXPECT_EQ(errors, "bad\n");
  EXPECT_FALSE(output_ended) << "the grandchild holds the pipe";
  EXPECT_EQ(sim.leaked(), 1u);
  EXPECT_EQ(sim.groups_alive(api), 1u);
  EXPECT_TRUE((*process)->signal_group(SIGKILL).has_value());
  clock.settle();
  EXPECT_TRUE(output_ended && errors_ended);
  EXPECT_EQ(sim.leaked(), 0u);
}

TEST_F(SimProcessesTest, DroppingItKillsTheGroup) {
  plan({.grandchildren = 3});
  auto process = start();
  const pid_t pid = (*process)->pid();
  EXPECT_TRUE(sim.is_alive(pid));
  process->reset();
  EXPECT_FALSE(sim.is_alive(pid));
  EXPECT_EQ(sim.leaked(), 0u);
  EXPECT_EQ(sim.groups_alive(api), 0u);
}

TEST_F(SimProcessesTest, StartsAreCountedAndMayFail) {
  sim.program(api, [](const Command&, core::Random&, unsigned start) {
    SimPlan plan;
    if (start == 2) plan.cannot_start = core::Error(core::Errc::denied, "cannot start: Permission denied");
    return plan;
  });
  sim.refuse_starts(1);
  EXPECT_EQ(start().error().code, core::Errc::exhausted);
  EXPECT_TRUE(start().has_value());
  clock.advance(1min);
  EXPECT_EQ(start().error().code, core::Errc::denied);
  ASSERT_EQ(sim.starts().size(), 3u);
  EXPECT_TRUE(sim.starts()[1].started);
  EXPECT_FALSE(sim.starts()[2].started);
  EXPECT_EQ(sim.starts()[2].at - sim.starts()[1].at, 1min);
}

TEST_F(SimProcessesTest, AnUnknownProgramIsNotFound) {
  EXPECT_EQ(start().error().what, "cannot start /usr/bin/tests-api: No such file or directory");
}

TEST_F(SimProcessesTest, AFaultMayEndAllOfAProgram) {
  plan({});
  const auto process = start();
  std::optional<Exit> exit;
  nursery.start(note_exit(**process, exit));
  EXPECT_EQ(sim.end_all(api, SimPlan::crashed(SIGKILL, true)), 1u);
  clock.settle();
  EXPECT_EQ(exit.value_or(Exit{}).sentence(), "killed by signal 9 (SIGKILL), out of memory");
  EXPECT_EQ(sim.end_all(api, SimPlan::crashed(SIGKILL)), 0u);
}
