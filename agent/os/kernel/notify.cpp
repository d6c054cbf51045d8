#include "agent/os/notify.hpp"

#include "agent/os/reading/virtual_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

// A status is one line of the message: a newline in it would start another assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

NotifySettings notify_settings(const std::function<const char*(const char*)>& lookup) {
  NotifySettings settings;
  if (const char* socket = lookup("NOTIFY_SOCKET")) settings.socket = socket;
  const char* period = lookup("WATCHDOG_USEC");
  if (period == nullptr) return settings;
  const char* meant_for = lookup("WATCHDOG_PID");
  const bool for_us =
      meant_for == nullptr || whole_number(meant_for) == static_cast<std::uint64_t>(::getpid());
  const auto microseconds = whole_number(period);
  constexpr std::uint64_t a_year = 365ULL * 24 * 3600 * 1'000'000;  // more is as good as none
  if (for_us && microseconds && *microseconds > 0 && *microseconds < a_year) {
    settings.watchdog = std::chrono::microseconds(*microseconds);
  }
  return settings;
}

NotifySettings notify_settings() {
  return notify_settings([](const char* name) -> const char* {
    return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets one
  });
}

Notifier::Notifier(NotifySettings settings) : settings_(std::move(settings)) {
  if (wanted()) socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Notifier::~Notifier() {
  if (socket_ >= 0) ::close(socket_);
}

std::optional<core::Duration> Notifier::watchdog_period() const {
  if (!wanted() || !settings_.watchdog) return std::nullopt;
  return *settings_.watchdog / 2;
}

core::Outcome<> Notifier::ready(std::string_view status) {
  return send(fmt::format("READY=1\nSTATUS={}\n", one_line(status)));
}

core::Outcome<> Notifier::status(std::string_view status) {
  return send(fmt::format("STATUS={}\n", one_line(status)));
}

core::Outcome<> Notifier::alive() { return send("WATCHDOG=1\n"); }

core::Outcome<> Notifier::stopping(std::string_view status) {
  return send(fmt::format("STOPPING=1\nSTATUS={}\n", one_line(status)));
}

core::Outcome<> Notifier::reloading(core::Instant now) {
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", since_boot.count()));
}

core::Outcome<> Notifier::send(std::string_view message) {
  if (!wanted()) return {};
  const std::string& name = settings_.socket;
  const bool is_abstract = name.front() == '@';
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((!is_abstract && name.front() != '/') || name.size() >= sizeof(address.sun_path)) {
    return core::fail(core::Errc::invalid, "cannot notify the service manager at " + name,
                      "NOTIFY_SOCKET is an absolute path, or @ and a name, of at most 107 characters");
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  if (is_abstract) address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  while (::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL, where, length) < 0) {
    if (errno != EINTR) return core::fail(core::system_error("cannot notify the service manager at " + name));
  }
  return {};
}

}  // namespace outrider::os
