// Of services that go on when outrider ends.
#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/supervise/supervisor.hpp"
#include "agent/supervise/test_kit.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace outrider::supervise_testing;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

const std::string program = "/usr/bin/tests-api";

struct ReadyJournal final : core::Journal {
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed) override { co_return 1u; }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override {
    co_return core::Outcome<>();
  }
};

class StayingActuator final : public actuators::Actuator {
 public:
  StayingActuator(os::Processes& processes, bool stays) : processes_(processes), stays_(stays) {}
  core::Task<core::Outcome<actuators::Started>> start() override {
    process_.reset();
    os::Command command;
    command.argv = {program};
    auto started = co_await processes_.start(std::move(command));
    if (!started) co_return core::fail(started.error());
    process_ = std::move(*started);
    co_return actuators::Started(process_->pid(), nullptr, nullptr);
  }
  bool stays() const override { return stays_; }
  bool may_stay() const override { return true; }
  core::Outcome<> leave() override {
    process_->leave();
    return {};
  }
  core::Outcome<> terminate() override { return process_->signal_group(SIGTERM); }
  core::Outcome<> kill() override { return process_->signal_group(SIGKILL); }
  core::Outcome<> signal(int number) override { return process_->signal(number); }
  core::Task<os::Exit> wait() override { co_return co_await process_->wait(); }
  std::int64_t pid() const override { return process_ ? process_->pid() : 0; }
  std::string target() const override { return program; }

 private:
  os::Processes& processes_;
  bool stays_;
  std::unique_ptr<os::Process> process_;
};

class StayingTest : public testing::Test {
 protected:
  void begin(bool stays) {
    processes.program(program, [](const os::Command&, core::Random&, unsigned) {
      os::SimPlan slow;
      slow.term_takes = 3s;
      return slow;
    });
    Options options;
    options.service = "tests-api";
    supervisor = std::make_unique<Supervisor>(
        options, std::make_unique<StayingActuator>(processes, stays),
        Tools{loop.get_executor(), clock, *random, registry, journal, events, log}, Hooks());
    nursery.start(run());
    clock.settle();
  }
  core::Task<void> run() { (void)co_await supervisor->run(); }

  void say(core::State state) {
    core::ServiceVerdict verdict;
    verdict.state = state;
    verdict.why = "HTTP";
    supervisor->hear(verdict);
    clock.settle();
  }
  void end() {
    nursery.cancel();
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  prometheus::Registry registry;
  ReadyJournal journal;
  Sentences events;
  os::CapturedLog log;
  std::unique_ptr<Supervisor> supervisor;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace

TEST_F(StayingTest, WhatStaysGoesOnWhenOutriderEnds) {
  begin(true);
  say(core::State::healthy);
  end();
  EXPECT_EQ(processes.alive(program), 1u);
  EXPECT_EQ(processes.starts().size(), 1u);
  EXPECT_THAT(events.text, HasSubstr("outrider is ending, and leaves tests-api running"));
  EXPECT_EQ(supervisor->status().phase, "ended");
}

TEST_F(StayingTest, ARestartThatWasBegunIsCompletedBeforeItIsLeft) {
  begin(true);
  say(core::State::sick);
  EXPECT_EQ(supervisor->status().phase, "stopping");
  end();
  EXPECT_EQ(processes.starts().size(), 2u) << "half a restart would have left it down";
  EXPECT_EQ(processes.alive(program), 1u);
}

TEST_F(StayingTest, IsLeftRunningOnceWhenThatIsAskedFor) {
  begin(false);
  say(core::State::healthy);
  ASSERT_TRUE(supervisor->leave_running());
  end();
  EXPECT_EQ(processes.alive(program), 1u);
  EXPECT_FALSE(supervisor->leave_running()) << "it is ended";
}

TEST_F(StayingTest, WhatIsNotToStayIsStopped) {
  begin(false);
  say(core::State::healthy);
  end();
  EXPECT_EQ(processes.alive(program), 0u);
}
