// Simulated child processes on a virtual clock. What a program does is a plan made afresh at each start;
// nothing runs in the background, so a process is what its plan, the time and the signals it got say.
//   sim.program("/usr/bin/tests-api", [](const Command&, core::Random& random, unsigned start) {
//     return SimPlan{.lives = 10s * (1 + random.below(5)), .ends = SimPlan::crashed(SIGSEGV)};
//   });
#pragma once

#include "agent/async/bell.hpp"
#include "agent/core/random.hpp"
#include "agent/os/process.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace outrider::os {

struct SimLine {
  core::Duration after{};  // since the start
  std::string text;        // written as it is: add the newline
  bool to_errors = false;
};

struct SimPlan {
  static Exit exited(int code);
  static Exit crashed(int signal, bool out_of_memory = false);

  std::optional<core::Error> cannot_start{};  // then nothing else matters
  core::Duration start_takes{};
  std::optional<core::Duration> lives{};  // nothing: until it is told to end
  Exit ends = exited(0);                  // how, when `lives` is over
  bool ignores_term = false;
  core::Duration term_takes{};    // from SIGTERM (SIGINT, SIGHUP …) to its end
  std::optional<Exit> on_term{};  // how it ends then; nothing: killed by that signal
  std::vector<SimLine> lines{};   // in order of time
  core::Duration line_every{};    // and, when not zero, `repeated_line` this often
  std::string repeated_line = "still here\n";
  unsigned grandchildren = 0;  // stay in the group, and hold the pipes, when the process itself has ended
};

class SimProcesses final : public Processes {
 public:
  using Program = std::function<SimPlan(const Command& command, core::Random& random, unsigned start)>;
  struct State;  // of one process
  struct Start {
    std::string program;
    core::Instant at{};
    pid_t pid = 0;
    bool started = false;  // false: it could not
  };

  SimProcesses(const async::Executor& executor, core::Clock& clock, core::Random& random);
  ~SimProcesses() override;

  // argv[0] as it will be asked for. `start` counts from 1. An unknown program cannot be started.
  void program(std::string argv0, Program program);

  core::Task<core::Outcome<std::unique_ptr<Process>>> start(Command command) override;
  core::Task<void> reap_orphans() override;
  std::uint64_t orphans_reaped() const override { return 0; }

  // Faults: the next `count` starts fail for want of descriptors, or of processes.
  void refuse_starts(unsigned count) { refused_starts_ = count; }
  // The program's running processes end now, in this way; how many that were.
  std::size_t end_all(const std::string& argv0, Exit how);

  // For checkers.
  const std::vector<Start>& starts() const { return starts_; }
  std::size_t alive(const std::string& argv0) const;  // processes, grandchildren apart
  bool is_alive(pid_t pid) const;
  std::size_t groups_alive(const std::string& argv0) const;  // with any member alive
  std::size_t leaked() const;  // groups that still have members though the process itself has ended

 private:
  core::Outcome<SimPlan> plan_for(const Command& command);

  async::Executor executor_;
  core::Clock& clock_;
  core::Random& random_;
  std::map<std::string, Program> programs_;
  std::map<std::string, unsigned> started_;
  std::vector<std::shared_ptr<State>> states_;  // alive, or with a living handle
  std::vector<Start> starts_;
  pid_t next_pid_ = 1000;
  unsigned refused_starts_ = 0;
};

}  // namespace outrider::os
