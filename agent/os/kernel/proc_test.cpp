#include "agent/os/proc.hpp"

#include "agent/os/clock.hpp"
#include "agent/os/facts.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <filesystem>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

namespace {

const std::string fixtures =
    std::filesystem::absolute("agent/os/kernel/fixtures").string();  // tests run at the top

}  // namespace

TEST(Proc, ReadsAProcessWhoseNameHoldsSpacesAndBrackets) {
  const auto facts = Proc(fixtures + "/machine").facts(4711);
  ASSERT_TRUE(facts.has_value()) << facts.error().what;
  EXPECT_EQ(facts->name, "a) S 1 (b");
  EXPECT_EQ(facts->state, 'S');
  EXPECT_EQ(facts->parent, 1);
  EXPECT_EQ(facts->group, 4711);
  EXPECT_EQ(facts->threads, 4u);
  const core::Duration tick = core::Duration(1s) / ::sysconf(_SC_CLK_TCK);
  EXPECT_EQ(facts->cpu_used, 1500 * tick);
  EXPECT_EQ(facts->started_after_boot, 123456 * tick);
  EXPECT_EQ(facts->resident_bytes, 2048u * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(Proc, ReadsMemorySharesBootAndCommandLine) {
  const Proc proc(fixtures + "/machine");
  EXPECT_EQ(proc.proportional_bytes(4711).value(), 5321u * 1024);
  EXPECT_EQ(proc.boot_id().value(), "0c9e8b1e-6a3c-4d6c-9a7e-0d9f6f1c2b3a");
  EXPECT_EQ(proc.boot_time().value(), core::WallTime(1'700'000'000s));
  EXPECT_EQ(proc.command_line(4711).value(), "/usr/bin/api --port 80");
  EXPECT_EQ(proc.facts(4712).error().code, core::Errc::not_found);
  EXPECT_EQ(proc.facts(13).error().code, core::Errc::corrupt);
}

TEST(Proc, ReadsOurselves) {
  const Proc proc;
  const auto facts = proc.facts(0);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->pid, ::getpid());
  EXPECT_EQ(facts->parent, ::getppid());
  EXPECT_GT(facts->resident_bytes, 1'000'000u);
  EXPECT_GT(proc.proportional_bytes(0).value_or(0), 100'000u);
  const auto before = proc.open_descriptors(0).value();
  const int one_more = ::dup(0);
  EXPECT_EQ(proc.open_descriptors(0).value(), before + 1);
  EXPECT_EQ(proc.open_descriptors(::getpid()).value(), before + 1);
  ::close(one_more);
  EXPECT_THAT(proc.boot_id().value(), testing::SizeIs(36));
  EXPECT_THAT(proc.command_line(0).value(), testing::HasSubstr("os_test"));
  EXPECT_LT(proc.boot_time().value(), make_clock()->wall());
}

TEST(Proc, NamesWhoListensOnAPort) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const std::uint16_t port = ntohs(address.sin_port);
  EXPECT_EQ(Proc().listener_on(port).value_or("nobody"), "pid " + std::to_string(::getpid()) + " (os_test)");
  ::close(listener);
  EXPECT_FALSE(Proc().listener_on(port).has_value());
}

TEST(Proc, NumbersAreReadStrictly) {
  EXPECT_EQ(whole_number(" 12\n"), 12u);
  EXPECT_FALSE(whole_number("max\n"));
  EXPECT_FALSE(whole_number("-1"));
  EXPECT_FALSE(whole_number(""));
  EXPECT_EQ(number_after("oom_kill_disable 0\noom_kill 3\n", "oom_kill"), 3u);
  EXPECT_EQ(number_after("Pss:       12 kB\n", "Pss"), 12u);
  EXPECT_FALSE(number_after("Pss_Anon: 1 kB\n", "Pss"));
}

TEST(Facts, AreThoseOfThisMachine) {
  EXPECT_FALSE(host_name().empty());
  EXPECT_NE(kernel_release(), "unknown");
  EXPECT_TRUE(kernel_has_pidfd());
  EXPECT_FALSE(is_first_process());
  EXPECT_FALSE(user_name().empty());
  const auto limit = open_files_limit();
  ASSERT_TRUE(limit.has_value());
  EXPECT_GT(limit->now, 0u);
  EXPECT_LE(limit->now, limit->most);
  EXPECT_EQ(raise_open_files_limit(1).value(), limit->now) << "never lowered";
}
