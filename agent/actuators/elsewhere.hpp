// A service that runs somewhere else: as a unit of systemd, in a container, behind somebody's scripts. How it
// is followed is the same for all of them; a Place says how one asks there, and how one is obeyed.
//
// It is adopted when it runs already, and left running when the agent ends. What its own manager does to it
// (restarts it by itself) is told, and not fought.
#pragma once

#include "agent/actuators/shelf.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace outrider::actuators {

struct Seen {
  bool runs = false;
  bool comes_back = false;  // it does not run, but its own manager is about to start it again
  std::int64_t pid = 0;     // 0: not known
  std::string identity{};   // another one after each start; the same one always, where that cannot be told
  os::Exit how{};           // of its end, when it does not run
  std::string before{};     // how the one before it ended, where that is known: "exited with code 3"
  std::string sentence{};   // what it does, for people: "is failed (oom-kill)"
};

// Each call has a deadline of its own, and may be cancelled at any await.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;

  // An Error means that nobody knows: never that it does not run.
  virtual core::Task<core::Outcome<Seen>> look() = 0;
  // Returns when look() may have something new to say; a Place that hears of nothing asks now and then.
  virtual core::Task<void> news() = 0;

  // Returns once it runs.
  virtual core::Task<core::Outcome<>> start() = 0;
  // Asks it to end. Need not wait until it has.
  virtual core::Task<core::Outcome<>> stop() = 0;
  virtual core::Task<core::Outcome<>> kill() = 0;
  virtual core::Task<core::Outcome<>> signal(int number) = 0;
  // Why it is going to be stopped or killed.
  virtual void give_reason(std::string) {}
  // Where there is one word for both: returns once the next one runs.
  virtual bool can_restart() const { return false; }
  virtual core::Task<core::Outcome<>> restart() { co_return co_await stop(); }

  virtual std::string target() const = 0;   // "unit tests-api.service"
  virtual std::string manager() const = 0;  // "systemd"
};

// Letters, digits, `_`, `.` and `-`: what needs no quoting in an address, and leads nowhere else.
bool is_plain_name(std::string_view name);

std::unique_ptr<Actuator> make_elsewhere(const Tools& tools, std::unique_ptr<Place> place);

}  // namespace outrider::actuators
