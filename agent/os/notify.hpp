// Telling the service manager how we are: sd_notify as a datagram of our own, so libsystemd is not needed.
// Without NOTIFY_SOCKET every call does nothing and succeeds.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::os {

struct NotifySettings {
  std::string socket;                      // a path, or "@name" in the abstract namespace; empty: nobody asks
  std::optional<core::Duration> watchdog;  // must hear from us this often
};

// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. `lookup` gives a variable or nullptr.
NotifySettings notify_settings(const std::function<const char*(const char*)>& lookup);
NotifySettings notify_settings();

class Notifier {
 public:
  explicit Notifier(NotifySettings settings);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  ~Notifier();

  bool wanted() const { return !settings_.socket.empty(); }
  // How often to call alive(): half of what the manager waits. Nothing: no watchdog.
  std::optional<core::Duration> watchdog_period() const;

  core::Outcome<> ready(std::string_view status);
  core::Outcome<> status(std::string_view status);
  core::Outcome<> alive();  // WATCHDOG=1
  core::Outcome<> stopping(std::string_view status);
  core::Outcome<> reloading(core::Instant now);  // followed by ready() when done

 private:
  core::Outcome<> send(std::string_view message);

  NotifySettings settings_;
  int socket_ = -1;
};

}  // namespace outrider::os
