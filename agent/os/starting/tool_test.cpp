#include "agent/os/tool.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <filesystem>
#include <optional>

#include <signal.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using os::SimPlan;
using Result = core::Outcome<os::ToolResult>;

namespace {

class Tool : public testing::Test {
 protected:
  Result run(SimPlan plan, core::Duration limit = 1s, std::uint64_t most_bytes = 1 << 20) {
    processes_.program("/bin/tool", [plan](const os::Command&, core::Random&, unsigned) { return plan; });
    std::optional<Result> result;
    async::Nursery nursery(loop_.get_executor());
    nursery.start(note(limit, most_bytes, result));
    clock_.advance(limit + 2s);
    EXPECT_EQ(nursery.size(), 0u) << "it did not come back";
    nursery.cancel();
    clock_.settle();
    EXPECT_EQ(processes_.groups_alive("/bin/tool"), 0u);
    EXPECT_EQ(clock_.sleepers(), 0u);
    return result ? *result : core::fail(core::Errc::internal, "it did not come back");
  }

  core::Task<void> note(core::Duration limit, std::uint64_t most_bytes, std::optional<Result>& result) {
    os::Command command;
    command.argv = {"/bin/tool", "--all"};
    result.emplace(co_await os::run_tool(processes_, clock_, std::move(command), limit, most_bytes));
  }

  static SimPlan exits(int code) {
    SimPlan plan;
    plan.lives = 20ms;
    plan.ends = SimPlan::exited(code);
    return plan;
  }

  boost::asio::io_context loop_;
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  os::SimProcesses processes_{loop_.get_executor(), clock_, *random_};
};

// On the real kernel, through a shell.
Result on_the_machine(const std::string& script, core::Duration limit, std::uint64_t most_bytes,
                      os::LineListener on_line = {}) {
  std::optional<Result> result;
  async::run_here([&](async::Executor) -> core::Task<void> {
    const auto clock = os::make_clock();
    const auto processes = os::make_processes();
    os::Command command;
    command.argv = {"/bin/sh", "-c", script};
    if (on_line) {
      result.emplace(co_await os::run_tool(*processes, *clock, command, limit, most_bytes, on_line));
    } else {
      result.emplace(co_await os::run_tool(*processes, *clock, command, limit, most_bytes));
    }
  });
  return *result;
}

}  // namespace

TEST_F(Tool, GivesItsOutputItsErrorsAndItsExit) {
  SimPlan plan = exits(3);
  plan.lines = {{1ms, "{}\n"}, {2ms, "WARN: first\nERROR: last \n\n", true}};
  const Result result = run(plan);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->output, "{}\n");
  EXPECT_EQ(result->exit.code, 3);
  EXPECT_EQ(result->last_words(), "ERROR: last");
  EXPECT_EQ(os::tool_error("cannot list", "/usr/bin/tool", *result).what,
            "cannot list: tool exited with code 3: ERROR: last");
}

TEST_F(Tool, TooMuchOutputIsAnErrorAndEndsIt) {
  SimPlan plan;  // lives until it is told to end
  plan.ignores_term = true;
  plan.grandchildren = 2;
  plan.line_every = 1ms;
  plan.repeated_line = std::string(1000, 'x') + "\n";
  const Result result = run(plan, 10s, 4096);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, core::Errc::exhausted);
  EXPECT_EQ(result.error().what, "tool wrote more than 4 KiB of output");
}

TEST_F(Tool, ItIsKilledAtTheLimitWithAllItStarted) {
  SimPlan plan;
  plan.ignores_term = true;
  plan.grandchildren = 3;
  plan.lines = {{1ms, "waiting for the lock\n", true}};
  const Result result = run(plan, 2s);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, core::Errc::timed_out);
  EXPECT_EQ(result.error().what, "tool did not end within 2s: waiting for the lock");
}

TEST_F(Tool, WhatCannotBeStartedSaysWhy) {
  SimPlan plan;
  plan.cannot_start = core::Error(core::Errc::not_found, "cannot start /bin/tool: No such file or directory");
  const Result result = run(plan);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, core::Errc::not_found);
}

TEST(ToolOnTheMachine, AllOfALargeOutputArrives) {
  const Result result = on_the_machine("head -c 5000000 /dev/zero; echo done >&2; exit 7", 20s, 6'000'000);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->output.size(), 5'000'000u);
  EXPECT_EQ(result->exit.code, 7);
  EXPECT_EQ(result->last_words(), "done");
}

TEST(ToolOnTheMachine, WhatItLeavesBehindInItsGroupIsKilled) {
  const Result result = on_the_machine("sleep 600 & echo $!", 20s, 100);
  ASSERT_TRUE(result) << result.error().what;
  const int left_behind = std::stoi(result->output);
  // A zombie, should nobody reap it, has no program any more.
  const std::string program = "/proc/" + std::to_string(left_behind) + "/exe";
  for (int i = 0; i < 200 && std::filesystem::exists(program); ++i) ::usleep(10'000);
  EXPECT_FALSE(std::filesystem::exists(program));
}

TEST(ToolOnTheMachine, LinesAreToldAsTheyComeAndTheEndIsKept) {
  std::vector<std::string> lines;
  const os::LineListener listener = [&](std::string_view line, bool from_errors) {
    lines.push_back((from_errors ? "! " : "  ") + std::string(line));
  };
  const Result result =
      on_the_machine("printf 'one\\ntw'; sleep 0.1; printf 'o\\n\\nthree'; exit 0", 20s, 5, listener);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(lines, (std::vector<std::string>{"  one", "  two", "  ", "  three"}));
  EXPECT_EQ(result->output, "three");
}

TEST(ToolOnTheMachine, AFloodWithoutANewlineComesInPieces) {
  std::size_t pieces = 0;
  std::size_t longest = 0;
  const os::LineListener listener = [&](std::string_view line, bool) {
    ++pieces;
    longest = std::max(longest, line.size());
  };
  const Result result = on_the_machine("head -c 1000000 /dev/zero", 20s, 1000, listener);
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->output.size(), 1000u);
  EXPECT_EQ(longest, 8192u);
  EXPECT_EQ(pieces, 123u);
}
