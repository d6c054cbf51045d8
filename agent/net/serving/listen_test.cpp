#include "agent/net/serving/listen.hpp"

#include "agent/net/serving/holder.hpp"
#include "agent/net/test_kit.hpp"

#include <fstream>

#include <fcntl.h>
#include <sys/un.h>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;

namespace {

std::string own_name() {
  std::ifstream file("/proc/self/comm");
  std::string name;
  std::getline(file, name);
  return fmt::format("{} (pid {})", name, ::getpid());
}

struct Listening : ::testing::Test {
  core::Outcome<ListeningSocket> open(const std::string& address) {
    return ListeningSocket::open(loop.get_executor(), address);
  }
  boost::asio::io_context loop;
  TemporaryDirectory directory;
};

}  // namespace

TEST_F(Listening, AFreePortIsToldAndIsNotLeftToChildren) {
  const auto socket = open("127.0.0.1:0");
  ASSERT_TRUE(socket);
  EXPECT_TRUE(socket->address().starts_with("127.0.0.1:"));
  EXPECT_NE(socket->address(), "127.0.0.1:0");
  bool found = false;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
      continue;
    found = true;
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_TRUE(found);
}

TEST_F(Listening, APortInUseNamesWhoHoldsIt) {
  const auto first = open("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = open(first->address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, core::Errc::busy);
  EXPECT_EQ(second.error().what, "cannot listen on " + first->address() + ": in use by " + own_name());
  EXPECT_EQ(second.error().hint, "stop it, or choose another port");
}

TEST_F(Listening, APortHeldOnEveryAddressIsFoundToo) {
  const auto first = open(":0");
  ASSERT_TRUE(first) << first.error().what;
  const std::string port = first->address().substr(first->address().rfind(':'));
  const auto second = open("127.0.0.1" + port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "cannot listen on 127.0.0.1" + port + ": in use by " + own_name());
}

TEST_F(Listening, AHolderThatMayNotBeLookedAtIsNamedByItsUser) {
  std::filesystem::create_directories(directory.file("net"));
  std::ofstream(directory.file("net/tcp"))
      << "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      << "   0: 0100007F:24F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4711 "
         "1\n";
  std::filesystem::create_directories(directory.file("812/fd"));
  EXPECT_EQ(holder_of_port(9464, directory.file(".")), "a process of uid 33");
  std::filesystem::create_symlink("socket:[4711]", directory.file("812/fd/6"));
  std::ofstream(directory.file("812/comm")) << "nginx\n";
  EXPECT_EQ(holder_of_port(9464, directory.file(".")), "nginx (pid 812)");
  EXPECT_EQ(holder_of_port(9465, directory.file(".")), "");
}

TEST_F(Listening, AStaleSocketFileIsReplacedALivingOneIsNot) {
  const std::string path = directory.file("a.sock");
  {
    const int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const SocketAddress address = unix_address(path);
    ASSERT_EQ(::bind(stale, address.get(), address.size), 0);
    ::close(stale);  // the file stays
  }
  {
    const auto first = open("unix:" + path);
    ASSERT_TRUE(first) << first.error().what;
    const auto second = open("unix:" + path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, core::Errc::busy);
    EXPECT_EQ(second.error().what, "cannot listen on unix:" + path + ": in use by " + own_name());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Listening, AFileThatIsNoSocketIsLeftAlone) {
  const std::string path = directory.file("precious");
  std::ofstream(path) << "data";
  const auto socket = open("unix:" + path);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().what,
            "cannot listen on unix:" + path + ": a file that is no socket is in the way");
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(Listening, WhatCannotBeListenedOnSaysWhy) {
  EXPECT_EQ(open("unix:/no/such/directory/a.sock").error().what,
            "cannot listen on unix:/no/such/directory/a.sock: No such file or directory");
  EXPECT_EQ(open("203.0.113.1:80").error().what,
            "cannot listen on 203.0.113.1:80: Cannot assign requested address");
  EXPECT_EQ(open("nonsense").error().what, "cannot use the address nonsense: it has no port");
}

TEST_F(Listening, ASharedSocketFileGoesWithTheLastOfThem) {
  auto first = open("unix:" + directory.file("s.sock"));
  ASSERT_TRUE(first);
  auto second = first->share(loop.get_executor());
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(second->address(), first->address());
  EXPECT_TRUE(second->is_unix());
  const RawPeer early(first->address());
  first->close();
  EXPECT_TRUE(std::filesystem::exists(directory.file("s.sock")));
  const RawPeer late(second->address());
  for (int caller = 0; caller < 2; ++caller) {
    std::optional<Socket> accepted;
    EXPECT_FALSE(second->accept(accepted)) << "also who knocked at the one that is gone";
  }
  second->close();
  EXPECT_FALSE(std::filesystem::exists(directory.file("s.sock")));
}
