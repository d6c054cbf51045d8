// Keeps one service running. Runs on `decide`: observe, decide (decide.hpp), audit the intent, act, audit the
// result.
//
// Audit and action: a living child is never stopped when the intent could not be written. A start goes ahead
// even then, since a full disk must not keep a dead service down: the deed is kept in memory, counted, and
// written as soon as the journal takes lines again.
#pragma once

#include "agent/actuators/shelf.hpp"
#include "agent/async/executor.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/event.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"
#include "agent/core/random.hpp"
#include "agent/core/season.hpp"
#include "agent/core/status.hpp"
#include "agent/leases/shelf.hpp"
#include "agent/supervise/decide.hpp"
#include "agent/supervise/settings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

namespace outrider::supervise {

// What the room may use. Everything outlives the supervisor.
struct Tools {
  async::Executor river;
  core::Clock& clock;
  core::Random& random;
  prometheus::Registry& registry;
  core::Journal& journal;
  core::EventSink& events;
  core::Log& log;
};

// How a child went: what incidents are made of.
struct Ending {
  std::int64_t pid = 0;  // 0: it never executed
  os::Exit how;
  bool never_started = false;
  bool asked = false;  // it was told to end: by us, or by an operator through us
  core::Duration ran{};
  std::string sentence;  // "was killed by signal 9 (SIGKILL) after 2h"
};

struct Hooks {
  // Each new child's output; either may be null. The reader may be another river.
  std::function<void(std::unique_ptr<os::ByteSource> output, std::unique_ptr<os::ByteSource> errors)> output;
  // A new child executes: health begins again.
  std::function<void()> started;
  // A living child is going to be stopped because it is sick: what can be seen of it only now. Waited for,
  // but no longer than `look_limit`.
  std::function<core::Task<void>(std::int64_t pid, std::string why)> before_stop;
  // It is gone, or could not be started.
  std::function<void(const Ending&)> ended;
  // It stays down, the budget being spent; why, and what would let it try again.
  std::function<void(const std::string& why)> gave_up;
};
inline constexpr core::Duration look_limit = std::chrono::seconds(2);

struct Options {
  std::string service;  // its name, for people and labels
  Settings settings;
  core::Duration warm_up = std::chrono::seconds(30);  // how long a verdict is waited for after a start
  bool judged = true;                    // has probes of its own; else running as soon as it executes
  std::string holder;                    // who we are among those who share a lease: "tests-api on host-1"
  std::shared_ptr<leases::Lease> lease;  // null: restarts need none
};

class Supervisor {
 public:
  Supervisor(Options options, std::unique_ptr<actuators::Actuator> actuator, Tools tools, Hooks hooks);
  ~Supervisor();

  // Starts the child and keeps it running. Cancelled, it stops the child (SIGTERM to the group, stop_timeout,
  // SIGKILL to the group) and returns nothing. With `when_it_ends: exit` it returns how the child ended, as a
  // shell's exit status: its code, 128 + signal, 127 or 126 when it could not be started.
  core::Task<std::optional<int>> run();

  // What health says; about the child of now.
  void hear(const core::ServiceVerdict& verdict);

  // Maintenance and freezes.
  void heed(const core::Season& season);

  // An operator's restart. Returns when the new child executes, or says why it was not done.
  core::Task<core::Outcome<std::string>> restart(core::Operator who, bool even_without_budget);

  // A reload: what it says of restarts holds from now on, what it says of the child from its next start on.
  void reconfigure(Options options, std::unique_ptr<actuators::Actuator> actuator);

  // As process 1, or for the service's own reload: to the child's main process.
  void forward_signal(int number);

  // When run() is cancelled next the service goes on running, as for an upgrade in place; or why it cannot.
  core::Outcome<> leave_running();

  core::ServiceStatus status() const;

 private:
  class Actor;
  std::shared_ptr<Actor> actor_;
};

}  // namespace outrider::supervise
