// Child processes: started in a group of their own, watched by pidfd, their ends told exactly.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/stream.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

struct Command {
  std::vector<std::string> argv{};
  std::vector<std::string> environment{};  // "NAME=value", added to ours
  std::string directory{};                 // empty: ours
  bool capture_output = true;              // false: the child writes where we do

  // False, as for a service: should the agent be killed (SIGKILL, out of memory), the service goes on
  // serving, as under s6 and runit. True, as for a probe: the kernel kills it when the river that started it
  // is gone. In a container, where the agent is PID 1, and under systemd, all go down together either way.
  bool die_with_agent = false;

  // In a network namespace of its own: it reaches nobody, but by Unix sockets that have a path. Where such a
  // namespace cannot be made it is not started, and the error is `unsupported`.
  bool own_network = false;

  // Not empty: whoever comes after us can take it over (Processes::take_over). In this folder it writes down
  // who it is, before it executes, and there lie the named pipes that it writes to: they outlive us, and so
  // does what was read from them (Keeper). One folder, one process.
  std::string kept_in{};
};

// How a process ended.
struct Exit {
  bool exited = false;  // by itself, with `code`; else by `signal`
  int code = 0;
  int signal = 0;
  bool core_dumped = false;
  bool out_of_memory = false;  // the kernel's own count says so, not a guess
  bool unknown = false;        // it has ended; how, only its own parent was told
  std::string detail{};        // what its manager adds: "systemd says: watchdog"

  bool succeeded() const { return exited && code == 0; }
  // "exited with code 3", "killed by signal 9 (SIGKILL), out of memory"
  std::string sentence() const;
};

class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  // Kills and reaps what still lives of the group: no orphan is left behind, unless leave() was called.
  virtual ~Process() = default;

  // It goes on when this object goes. For what is kept, and so can be taken over.
  virtual void leave() {}
  // Whether it can be taken over; false also where that was asked for and the folder did not allow it.
  virtual bool is_kept() const { return false; }

  virtual pid_t pid() const = 0;  // stays ours until this object is gone: never another process's
  virtual core::Outcome<> signal(int number) = 0;        // the process
  virtual core::Outcome<> signal_group(int number) = 0;  // it and all it started in its group

  // Returns when it has ended, again and again with the same answer. May be awaited by several at once.
  virtual core::Task<Exit> wait() = 0;

  // Each may be taken once; null when output is not captured.
  virtual std::unique_ptr<ByteSource> take_output() = 0;
  virtual std::unique_ptr<ByteSource> take_errors() = 0;
};

// What one process wrote. Either may be null.
struct Written {
  std::unique_ptr<ByteSource> output;
  std::unique_ptr<ByteSource> errors;
};

class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  // Returns once the new program is executing, or says why it cannot: "cannot start /x/y: No such file …".
  // Must be called on the river that will wait for it.
  virtual core::Task<core::Outcome<std::unique_ptr<Process>>> start(Command command) = 0;

  // What an agent before us started to be kept in this folder, if it still runs; `not_found` when it does
  // not. Nothing that merely has its number is taken for it. It is nobody's child of ours, mostly: then how
  // it ends is not known.
  virtual core::Task<core::Outcome<std::unique_ptr<Process>>> take_over(std::string kept_in);

  // What processes of this folder wrote and nobody has made safe yet, each up to its end. `but_of_the_last`:
  // that one was taken over, and what it wrote comes from it.
  virtual std::vector<Written> unread(const std::string& kept_in, bool but_of_the_last);

  // Kills what the last one of this folder left running outside its group, as a daemon that forks twice
  // does: "process 4711 (tests-api)", … To be called when that one is gone.
  virtual std::vector<std::string> end_left_behind(const std::string& kept_in);

  // Reaps orphans that have come to us (as PID 1, or after become_subreaper) until it is cancelled. Never
  // takes the end of a process that start() gave. Runs on the river that starts processes.
  virtual core::Task<void> reap_orphans() = 0;
  virtual std::uint64_t orphans_reaped() const = 0;
};

// One in a program, used on one river. `root` is where /proc and /sys are found, for tests.
std::unique_ptr<Processes> make_processes(std::string root = "/");

// Orphans of our children come to us instead of PID 1, so that none is lost from sight.
core::Outcome<> become_subreaper();

}  // namespace outrider::os
