// IPv4 and IPv6 side by side, and a name that leads to both: the one that works is found.
#include "agent/net/client.hpp"
#include "agent/net/dialer.hpp"
#include "agent/net/test_kit.hpp"
#include "agent/net/wire/connect.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

core::Task<Response> tell_peer(const Call& call) {
  Response response;
  response.body = call.peer;
  co_return response;
}

ServerOptions on(const std::string& address) {
  ServerOptions options;
  options.listeners.push_back({address, std::nullopt, "test"});
  return options;
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':')); }

// Bound to one address, answering nobody.
class Silent {
 public:
  Silent(const std::string& host, std::uint16_t port, int backlog) {
    const SocketAddress address = read_numeric(host, port).front();
    descriptor_ = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    good_ = descriptor_ >= 0 && ::bind(descriptor_, address.get(), address.size) == 0 &&
            ::listen(descriptor_, backlog) == 0;
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  ~Silent() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool good() const { return good_; }

 private:
  int descriptor_ = -1;
  bool good_ = false;
};

class Families : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Silent("::1", 0, 1).good()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  }

  core::Outcome<Response> get(const std::string& url, core::Duration limit = 5s) {
    std::optional<core::Outcome<Response>> outcome;
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto client = make_client(*clock, *pool, {});
      Request request;
      request.url = url;
      outcome = co_await client->ask(std::move(request), limit);
    });
    return *outcome;
  }

  core::Outcome<> touch(const std::string& address) {
    std::optional<core::Outcome<>> outcome;
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto dialer = make_dialer(*clock, *pool);
      outcome = co_await dialer->touch(address, 5s);
    });
    return *outcome;
  }

  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(2);
};

}  // namespace

TEST_F(Families, AnIpv6AddressIsListenedOnAskedAndTold) {
  const RunningServer server(on("[::1]:0"), tell_peer);
  EXPECT_THAT(server.address(), StartsWith("[::1]:"));
  const auto answer = get(server.url());
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(answer->body, StartsWith("[::1]:"));
  EXPECT_TRUE(touch(server.address()));
  EXPECT_FALSE(touch("127.0.0.1" + port_of(server.address()))) << "the other family was not asked for";
}

TEST_F(Families, AnIpv6PortInUseNamesWhoHoldsIt) {
  const RunningServer server(on("[::1]:0"), tell_peer);
  KeptLog log;
  boost::asio::io_context loop;
  const auto second = Server::listen(loop.get_executor(), *clock, log, on(server.address()), tell_peer);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().what, HasSubstr(fmt::format("(pid {})", ::getpid())));
}

TEST_F(Families, EveryAddressIsBothFamilies) {
  const RunningServer server(on(":0"), tell_peer);
  const std::string port = port_of(server.address());
  const auto four = get("http://127.0.0.1" + port + "/");
  ASSERT_TRUE(four) << four.error().what;
  EXPECT_THAT(four->body, StartsWith("127.0.0.1:")) << "not as an IPv6 address";
  const auto six = get("http://[::1]" + port + "/");
  ASSERT_TRUE(six) << six.error().what;
  EXPECT_THAT(six->body, StartsWith("[::1]:"));
}

namespace {

// Several addresses of one name, tried as the client tries them.
class Addresses : public ::testing::Test {
 protected:
  // The one that took us, or why none did.
  std::string connect(const std::vector<SocketAddress>& addresses, core::Duration limit = 2s) {
    std::string result;
    async::run_here([&](async::Executor) -> core::Task<void> {
      Progress progress{"cannot connect to db:5432", false};
      const auto socket = co_await connect_to_one(*clock, addresses, clock->now() + limit, progress);
      SocketAddress peer;
      peer.size = sizeof peer.storage;
      if (!socket) {
        result = socket.error().what;
      } else if (::getpeername(const_cast<Socket&>(*socket).native_handle(), peer.get(), &peer.size) == 0) {
        result = peer.text();
      }
    });
    return result;
  }

  static SocketAddress address_of(const RunningServer& server) {
    const auto endpoint = read_endpoint(server.address()).value();
    return read_numeric(endpoint.host, endpoint.port).front();
  }
  // Nobody listens on it: it was free a moment ago, and belongs to an address that nothing else here uses.
  static SocketAddress refusing() { return read_numeric("127.254.254.254", 1).front(); }

  std::unique_ptr<core::Clock> clock = os::make_clock();
};

}  // namespace

TEST_F(Addresses, TheNextIsTriedWhenOneRefuses) {
  const RunningServer server(on("127.0.0.1:0"), tell_peer);
  EXPECT_EQ(connect({refusing(), refusing(), address_of(server)}), server.address());
  EXPECT_EQ(connect({address_of(server), refusing()}), server.address()) << "the first that takes us is it";
}

TEST_F(Addresses, AFamilyThatIsNotThereIsNoHindrance) {
  const RunningServer server(on("127.0.0.1:0"), tell_peer);
  SocketAddress strange = address_of(server);
  strange.storage.ss_family = AF_MAX - 1;
  const SocketAddress six = read_numeric("100::1", 1).front();  // leads nowhere
  EXPECT_EQ(connect({strange, six, address_of(server)}), server.address());
}

TEST_F(Addresses, WhenAllRefuseTheLastSaysWhy) {
  EXPECT_EQ(connect({refusing(), refusing()}), "cannot connect to db:5432: Connection refused");
}

TEST_F(Addresses, OneThatSwallowsEverythingCostsHalfTheTimeNotAll) {
  const RunningServer server(on("127.0.0.1:0"), tell_peer);
  const auto port = static_cast<std::uint16_t>(std::stoi(port_of(server.address()).substr(1)));
  const SocketAddress full = read_numeric("127.0.0.2", port).front();
  const Silent silent("127.0.0.2", port, 0);
  ASSERT_TRUE(silent.good());
  // Its queue is full: the kernel drops whoever knocks now.
  std::vector<int> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    (void)::connect(waiting.back(), full.get(), full.size);
  }
  const auto began = clock->now();
  EXPECT_EQ(connect({full, address_of(server)}, 2s), server.address());
  const auto took = clock->now() - began;
  for (const int descriptor : waiting) ::close(descriptor);
  EXPECT_GE(took, 950ms) << "it had its half";
  EXPECT_LT(took, 1900ms);
}
