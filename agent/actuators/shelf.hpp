// The shelf of actuators. An actuator starts and stops one service; supervise decides when.
// It does one thing at a time and holds no policy: no back-off, no budget, no timeouts of its own.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/config/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/net/http.hpp"
#include "agent/os/files.hpp"
#include "agent/os/process.hpp"
#include "agent/os/stream.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::actuators {

// What an actuator may use. Everything outlives the actuator.
struct Tools {
  core::Clock& clock;
  os::Processes& processes;
  net::Client* http = nullptr;
  // What happened to the service without us, for the timeline: "docker has restarted it itself".
  std::function<void(const std::string& sentence)> tell{};
  os::Files* files = nullptr;
  async::Pool* pool = nullptr;
};

enum class WhenAgentDies { restart, take_over };

// What the configuration says beside the actuator's own key.
struct Surroundings {
  std::vector<std::pair<std::string, std::string>> environment{};  // added to outrider's own
  std::string directory{};                                         // empty: outrider's own
  std::string kept_in{};  // where it may leave word for the agent after this one; empty: nowhere
  WhenAgentDies when_agent_dies = WhenAgentDies::restart;
  bool left_running = false;  // when the agent is stopped
  core::Duration stop_timeout = std::chrono::seconds(10);
};

// What has begun to run. The sources are null where the actuator cannot hand them over.
struct Started {
  Started() = default;
  Started(std::int64_t pid, std::unique_ptr<os::ByteSource> output, std::unique_ptr<os::ByteSource> errors)
      : pid(pid), output(std::move(output)), errors(std::move(errors)) {}

  std::int64_t pid = 0;  // 0: not a process of this machine
  std::unique_ptr<os::ByteSource> output;
  std::unique_ptr<os::ByteSource> errors;
  bool adopted = false;  // it ran already
  std::string before;    // what was done first: "process 4711 of the agent before this one was ended"
  std::vector<os::Written> earlier;  // what those before it still had to say
};

class Place;

class Actuator {
 public:
  Actuator() = default;
  Actuator(const Actuator&) = delete;
  Actuator& operator=(const Actuator&) = delete;
  virtual ~Actuator() = default;  // takes down what still runs and was not left

  // Returns once the service is executing, or says why it cannot. What was left of the one before it is
  // killed first, so that no grandchild keeps its port. What already runs is adopted, not restarted.
  // Errc::unavailable: nobody could be asked, so nothing was done and nobody knows whether it runs.
  virtual core::Task<core::Outcome<Started>> start() = 0;

  // As start(), and from nothing where there is a stronger word for it: a new container rather than the old
  // one again. What it had is gone already.
  virtual core::Task<core::Outcome<Started>> recreate() { return start(); }

  // True: it goes on running when the agent ends. True: it can, when it is told to.
  virtual bool stays() const { return false; }
  virtual bool may_stay() const { return stays(); }
  // From here on this object has nothing to do with it.
  virtual core::Outcome<> leave() { return {}; }

  // Why it is going to be asked to end or taken down: for those whose place keeps notes of that.
  virtual void give_reason(std::string) {}
  // Ask the whole service to end; take the whole service down. Neither waits.
  virtual core::Outcome<> terminate() = 0;
  virtual core::Outcome<> kill() = 0;

  // Why the last kill() was refused for good: whoever keeps the service said no, and would again.
  virtual std::optional<core::Error> refused() const { return std::nullopt; }

  // To the service's main process.
  virtual core::Outcome<> signal(int number) = 0;

  // Returns when what start() began has ended. Only after a start() that succeeded.
  virtual core::Task<os::Exit> wait() = 0;

  // 0 when nothing runs.
  virtual std::int64_t pid() const = 0;

  // For people, without secrets: "/usr/bin/tests-api".
  virtual std::string target() const = 0;

  // Where it runs, when that is elsewhere (elsewhere.hpp); null: with us.
  virtual Place* place() { return nullptr; }
};

using Maker = std::function<std::unique_ptr<Actuator>(const Tools&, const Surroundings&)>;

using Entry = config::ShelfEntry<Maker>;  // {child: …}
using Shelf = config::Shelf<Entry>;

void fill(Shelf& shelf);

}  // namespace outrider::actuators
