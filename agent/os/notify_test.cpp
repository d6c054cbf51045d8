#include "agent/os/notify.hpp"

#include "agent/os/scratch.hpp"

#include <cstddef>
#include <cstring>
#include <map>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

// Stands in for the service manager.
class Manager {
 public:
  explicit Manager(std::string name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0;
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { ::close(socket_); }

  bool bound() const { return bound_; }
  std::string heard() {
    std::string text(1024, '\0');
    const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  int socket_;
  bool bound_ = false;
};

NotifySettings settings_from(std::map<std::string, std::string> variables) {
  return notify_settings([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST(Notifier, TellsAManagerBehindAPath) {
  Scratch scratch;
  Manager manager(scratch / "notify");
  ASSERT_TRUE(manager.bound());
  Notifier notifier(settings_from({{"NOTIFY_SOCKET", scratch / "notify"}}));
  EXPECT_TRUE(notifier.wanted());
  EXPECT_TRUE(notifier.ready("tests-api is healthy").has_value());
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=tests-api is healthy\n");
  EXPECT_TRUE(notifier.status("one\nREADY=1").has_value());
  EXPECT_EQ(manager.heard(), "STATUS=one READY=1\n") << "a status cannot smuggle in another assignment";
  EXPECT_TRUE(notifier.alive().has_value());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1\n");
  EXPECT_TRUE(notifier.reloading(core::Instant(1'500'000us)).has_value());
  EXPECT_EQ(manager.heard(), "RELOADING=1\nMONOTONIC_USEC=1500000\n");
  EXPECT_TRUE(notifier.stopping("ending").has_value());
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=ending\n");
}

TEST(Notifier, TellsAManagerInTheAbstractNamespace) {
  const std::string name = "@outrider-test-" + std::to_string(::getpid());
  Manager manager(name);
  ASSERT_TRUE(manager.bound());
  Notifier notifier(settings_from({{"NOTIFY_SOCKET", name}}));
  EXPECT_TRUE(notifier.alive().has_value());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1\n");
}

TEST(Notifier, WithoutAManagerSaysNothingAndSucceeds) {
  Notifier notifier(settings_from({}));
  EXPECT_FALSE(notifier.wanted());
  EXPECT_FALSE(notifier.watchdog_period().has_value());
  EXPECT_TRUE(notifier.ready("fine").has_value());
}

TEST(Notifier, TroubleIsAnErrorAndNotAHang) {
  EXPECT_EQ(Notifier({.socket = "relative", .watchdog = {}}).alive().error().code, core::Errc::invalid);
  EXPECT_EQ(Notifier({.socket = "/" + std::string(200, 'x'), .watchdog = {}}).alive().error().code,
            core::Errc::invalid);
  EXPECT_EQ(Notifier({.socket = "/no/such/socket", .watchdog = {}}).alive().error().code,
            core::Errc::not_found);
  const std::string name = "@outrider-full-" + std::to_string(::getpid());
  Manager deaf(name);
  Notifier notifier({.socket = name, .watchdog = {}});
  core::Outcome<> last;
  for (int i = 0; i < 10'000 && last; ++i) last = notifier.alive();
  EXPECT_FALSE(last.has_value());
}

TEST(Notifier, TheWatchdogIsFedTwiceAPeriodWhenItIsMeantForUs) {
  const std::string us = std::to_string(::getpid());
  const std::map<std::string, std::string> base{{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "30000000"}};
  EXPECT_EQ(Notifier(settings_from(base)).watchdog_period(), 15s);
  auto ours = base;
  ours["WATCHDOG_PID"] = us;
  EXPECT_EQ(Notifier(settings_from(ours)).watchdog_period(), 15s);
  auto others = base;
  others["WATCHDOG_PID"] = "1";
  EXPECT_FALSE(Notifier(settings_from(others)).watchdog_period().has_value());
  auto nonsense = base;
  nonsense["WATCHDOG_USEC"] = "soon";
  EXPECT_FALSE(Notifier(settings_from(nonsense)).watchdog_period().has_value());
}
