// A child in a network namespace of its own, on the real kernel.
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/process.hpp"
#include "agent/os/scratch.hpp"
#include "agent/os/tool.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

using Result = core::Outcome<ToolResult>;

Result run(const std::string& script, bool own_network) {
  std::optional<Result> result;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto clock = make_clock();
    const auto processes = make_processes();
    Command command;
    command.argv = {"/bin/bash", "-c", script};
    command.own_network = own_network;
    result.emplace(co_await run_tool(*processes, *clock, std::move(command), 10s, 4096));
  });
  return std::move(*result);
}

// Somebody who listens on the loopback.
class Listening {
 public:
  Listening() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.number(), plain, size) == 0 && ::listen(socket_.number(), 8) == 0 &&
        ::getsockname(socket_.number(), plain, &size) == 0) {
      port_ = ntohs(address.sin_port);
    }
  }
  std::string knock() const { return fmt::format("exec 3<>/dev/tcp/127.0.0.1/{}", port_); }

 private:
  Descriptor socket_;
  int port_ = 0;
};

// As somebody who is not root, in a process of its own: "" when all is as it should be.
std::string said_by_nobody(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(20);
    constexpr unsigned nobody = 65534;
    // A program that was started as nobody could be looked at by nobody; one that became nobody cannot.
    const bool became = ::setgid(nobody) == 0 && ::setuid(nobody) == 0 && ::prctl(PR_SET_DUMPABLE, 1) == 0;
    const std::string said = became ? work() : "cannot become nobody";
    (void)!::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  char buffer[512];
  const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  return std::string(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
}

constexpr const char* not_allowed = "no network namespace can be made here: ";

// What is wrong with a child in a network of its own; "skip: …" where there can be none.
std::string judge_isolation(const std::string& knock, const std::string& file) {
  const Result open = run(knock, false);
  if (!open || !open->exit.succeeded()) return "nobody listens, so that it proves nothing";
  const Result away = run(knock, true);
  if (!away && away.error().code == core::Errc::unsupported) return not_allowed + away.error().what;
  if (!away) return away.error().what;
  if (away->exit.succeeded()) return "it reached the loopback of the machine";
  const Result who = run("id -u; id -g; touch '" + file + "'", true);
  if (!who || !who->exit.succeeded()) return "it cannot write where we can";
  const std::string expected = fmt::format("{}\n{}\n", ::geteuid(), ::getegid());
  if (!who->output.starts_with(expected)) return "it is somebody else: " + who->output;
  struct stat made{};
  if (::stat(file.c_str(), &made) != 0 || made.st_uid != ::geteuid()) return "what it writes is not ours";
  return {};
}

}  // namespace

TEST(OwnNetwork, AChildReachesNobodyAndIsStillOurselves) {
  const Listening listening;
  const Scratch scratch;
  const std::string said = judge_isolation(listening.knock(), scratch / "made");
  if (said.starts_with(not_allowed)) GTEST_SKIP() << said;
  EXPECT_EQ(said, "");
}

TEST(OwnNetwork, WhoIsNotRootMakesAUserNamespaceForIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "the other test is this one already";
  const Listening listening;
  const Scratch scratch;
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0777), 0);
  const std::string said =
      said_by_nobody([&] { return judge_isolation(listening.knock(), scratch / "made"); });
  if (said.starts_with(not_allowed)) GTEST_SKIP() << said;
  EXPECT_EQ(said, "");
}

TEST(OwnNetwork, AnErrorIsStillExact) {
  std::optional<core::Error> error;
  async::run_here([&](const async::Executor&) -> core::Task<void> {
    const auto processes = make_processes();
    Command command;
    command.argv = {"/x/y"};
    command.own_network = true;
    const auto started = co_await processes->start(command);
    if (!started) error = started.error();
  });
  ASSERT_TRUE(error);
  if (error->code == core::Errc::unsupported) GTEST_SKIP() << error->what;
  EXPECT_EQ(error->what, "cannot start /x/y: No such file or directory");
}
