// The real StreamClient against a server of ours, and its twin: what both must agree on.
#include "agent/net/streams/stream.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/streams/listeners.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/net/streams/stream_client.hpp"
#include "agent/net/test_kit.hpp"
#include "agent/os/sim_clock.hpp"

#include <array>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;

namespace {

struct Wish {
  std::string address;
  std::optional<TlsTrust> tls;
  core::Duration limit = 5s;
};

// What the server answers to a request that is written by hand, or why nothing came.
core::Task<std::string> converse(Wish wish, core::Clock& clock, async::Pool& pool) {
  const auto client = make_stream_client(clock, pool);
  auto stream = co_await client->connect(wish.address, wish.tls, wish.limit);
  if (!stream) co_return stream.error().what;
  const std::string question = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const core::Outcome<> written = co_await (*stream)->write_all(question, wish.limit);
  if (!written) co_return written.error().what;
  std::string answer;
  std::array<char, 256> buffer{};
  for (;;) {
    const std::span<char> into(buffer);
    const core::Outcome<std::size_t> got = co_await (*stream)->read_some(into, wish.limit);
    if (!got) co_return got.error().what;
    if (*got == 0) co_return answer;
    answer.append(buffer.data(), *got);
  }
}

std::string conversation(const Wish& wish) {
  const auto clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
  std::string said;
  async::run_here([&](async::Executor) -> core::Task<void> { said = co_await converse(wish, *clock, *pool); },
                  [&] { pool.reset(); });
  return said;
}

core::Task<Response> say_who(const Call& call) {
  Response response;
  response.body = "hello " + call.client_name;
  co_return response;
}

}  // namespace

TEST(StreamClient, CarriesBytesBothWaysAndSeesTheEnd) {
  RunningServer server({}, say_who);
  const std::string said = conversation({server.address(), std::nullopt});
  EXPECT_TRUE(said.starts_with("HTTP/1.1 200")) << said;
  EXPECT_TRUE(said.ends_with("hello ")) << said;
}

TEST(StreamClient, ShowsItsCertificateAndBelievesOnlyItsAuthority) {
  const TemporaryDirectory folder;
  const Identity authority({.name = "house", .authority = true});
  const Identity stranger({.name = "stranger", .authority = true});
  const Identity server_identity({.name = "server"}, &authority);
  const Identity own({.name = "agent-7"}, &authority);
  authority.write(folder.file("ca.pem"));
  stranger.write(folder.file("other.pem"));
  server_identity.write(folder.file("server.pem"), folder.file("server.key"));
  own.write(folder.file("own.pem"), folder.file("own.key"));
  ServerOptions options;
  options.listeners.push_back(
      {"127.0.0.1:0", TlsFiles{folder.file("server.pem"), folder.file("server.key"), folder.file("ca.pem")},
       "test"});
  RunningServer server(std::move(options), say_who);

  TlsTrust trust{folder.file("ca.pem"), folder.file("own.pem"), folder.file("own.key"), "", true};
  const std::string said = conversation({server.address(), trust});
  EXPECT_TRUE(said.ends_with("hello agent-7")) << said;
  trust.authority = folder.file("other.pem");
  EXPECT_NE(conversation({server.address(), trust}).find("its certificate is not believed"),
            std::string::npos);
}

TEST(StreamClient, SaysHowFarItCame) {
  std::string address;
  {
    RunningServer server({}, say_who);
    address = server.address();
  }
  EXPECT_EQ(conversation({address, std::nullopt}), "cannot connect to " + address + ": Connection refused");
  EXPECT_NE(conversation({"no port", std::nullopt}).find("no port"), std::string::npos);
}

namespace {

struct SimulatedStreams : ::testing::Test {
  static constexpr const char* place = "logstash:5044";
  ~SimulatedStreams() override {
    nursery.cancel();
    clock.settle();
  }

  core::Task<void> call(core::Duration limit) {
    auto made = co_await net.connect(place, std::nullopt, limit);
    if (!made) {
      said = made.error().what;
      co_return;
    }
    caller = std::move(*made);
  }
  core::Task<void> take_in() { taken = co_await net.accept(place); }
  core::Task<void> read(Stream& stream) {
    std::array<char, 64> buffer{};
    const std::span<char> into(buffer);
    const core::Outcome<std::size_t> got = co_await stream.read_some(into, 5s);
    said = got ? std::string(buffer.data(), *got) : got.error().what;
  }
  core::Task<void> write(Stream& stream, std::string text) {
    const core::Outcome<> written = co_await stream.write_all(text, 5s);
    said = written ? "written" : written.error().what;
  }
  void run(core::Task<void> work, core::Duration length = 10ms) {
    said.clear();
    nursery.start(std::move(work));
    clock.advance(length);
  }
  void join_both() {
    net.listen(place);
    nursery.start(take_in());
    run(call(1s));
    ASSERT_TRUE(caller && taken);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  SimStreams net{clock, loop.get_executor()};
  std::unique_ptr<Stream> caller, taken;
  std::string said;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace

TEST_F(SimulatedStreams, RefuseUntilSomebodyListensAndSayNothingWhenPacketsVanish) {
  run(call(1s));
  EXPECT_EQ(said, "cannot connect to logstash:5044: Connection refused");
  net.set_silent(place, true);
  run(call(1s), 2s);
  EXPECT_EQ(said, "cannot connect to logstash:5044: no answer within 1s");
}

TEST_F(SimulatedStreams, CarryBytesAndSeeTheOtherSideGo) {
  join_both();
  run(write(*caller, "ping"));
  EXPECT_EQ(said, "written");
  EXPECT_TRUE(taken->is_stale()) << "something has come that nobody waited for";
  run(read(*taken));
  EXPECT_EQ(said, "ping");
  EXPECT_FALSE(taken->is_stale());
  run(read(*taken), 6s);
  EXPECT_EQ(said, "cannot read from 127.0.0.1:40000: nothing came within 5s");
  taken.reset();
  EXPECT_TRUE(caller->is_stale());
  run(read(*caller));
  EXPECT_EQ(said, "");
  run(write(*caller, "late"));
  EXPECT_EQ(said, "cannot write to logstash:5044: Broken pipe");
}

TEST_F(SimulatedStreams, AWriterWaitsForItsReaderAndNoLongerThanItsLimit) {
  net.set_window(4);
  join_both();
  run(write(*caller, "123456"));
  EXPECT_EQ(said, "") << "four are on their way, two wait";
  clock.advance(6s);
  EXPECT_EQ(said, "cannot write to logstash:5044: it did not take it within 5s");
  net.tear(place);
  run(read(*caller));
  EXPECT_EQ(said, "cannot read from logstash:5044: Connection reset by peer");
}

namespace {

// Calls over the real network of this machine, and hears itself.
core::Task<std::string> hear_oneself(std::optional<TlsFiles> files, std::optional<TlsTrust> trust,
                                     core::Clock& clock, async::Pool& pool) {
  const async::Executor executor = co_await boost::asio::this_coro::executor;
  const auto listeners = make_listeners(clock);
  const std::string address = "127.0.0.1:0";
  const auto listener = listeners->listen(executor, address, files);
  if (!listener) co_return listener.error().what;
  const auto client = make_stream_client(clock, pool);
  std::string heard;
  const auto hear = [&]() -> core::Task<void> {
    const auto caller = co_await (*listener)->accept();
    std::array<char, 64> buffer{};
    const std::span<char> into(buffer);
    const core::Outcome<std::size_t> got = co_await caller->read_some(into, 5s);
    heard = got ? std::string(buffer.data(), *got) : got.error().what;
    if (caller->peer().find("127.0.0.1:") == std::string::npos) heard += " from " + caller->peer();
  };
  async::Nursery nursery(executor);
  nursery.start(hear());
  const auto stream = co_await client->connect((*listener)->address(), trust, 5s);
  if (stream) {
    const core::Outcome<> written = co_await (*stream)->write_all("hello", 5s);
    if (!written) heard = written.error().what;
  }
  co_await nursery.join();
  co_return heard;
}

std::string heard_of_oneself(const std::optional<TlsFiles>& files, const std::optional<TlsTrust>& trust) {
  const auto clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(1);
  std::string said;
  async::run_here(
      [&](async::Executor) -> core::Task<void> { said = co_await hear_oneself(files, trust, *clock, *pool); },
      [&] { pool.reset(); });
  return said;
}

}  // namespace

TEST(Listeners, LetStreamsInPlainAndOverTls) {
  EXPECT_EQ(heard_of_oneself(std::nullopt, std::nullopt), "hello");
  const TemporaryDirectory folder;
  const Identity authority({.name = "house", .authority = true});
  const Identity identity({.name = "server"}, &authority);
  authority.write(folder.file("ca.pem"));
  identity.write(folder.file("s.pem"), folder.file("s.key"));
  const TlsFiles files{folder.file("s.pem"), folder.file("s.key"), ""};
  TlsTrust trust;
  trust.authority = folder.file("ca.pem");
  EXPECT_EQ(heard_of_oneself(files, trust), "hello");
  EXPECT_NE(heard_of_oneself(TlsFiles{"/none.pem", "/none.key", ""}, trust).find("/none.pem"),
            std::string::npos);
}

TEST(Listeners, ReceiveDatagramsAndSayWhatWasCutAndLost) {
  std::string heard;
  std::uint64_t lost = 0;
  async::run_here([&](async::Executor executor) -> core::Task<void> {
    const auto clock = os::make_clock();
    const auto listeners = make_listeners(*clock);
    const std::string any = "127.0.0.1:0";
    const auto box = listeners->receive(executor, any);
    if (!box) co_return;
    const auto target = read_numeric("127.0.0.1", read_endpoint((*box)->address()).value().port).front();
    const int sender = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto send = [&](const std::string& text) {
      (void)::sendto(sender, text.data(), text.size(), 0, target.get(), target.size);
    };
    std::array<char, 5> buffer{};
    const std::span<char> into(buffer);
    for (const char* text : {"one", "longer", ""}) {
      send(text);
      const core::Outcome<Datagram> got = co_await (*box)->receive(into);
      if (got) heard += std::string(buffer.data(), got->bytes) + (got->is_cut ? "~ " : " ");
    }
    const std::string large(60'000, 'x');
    for (int i = 0; i < 2000; ++i) send(large);  // more than any buffer holds
    send("end");
    for (int i = 0; i < 3; ++i) (void)co_await (*box)->receive(into);
    // The kernel says so with the first that it could keep again.
    for (int i = 0; i < 2000 && (*box)->lost() == 0; ++i) {
      send("x");
      (void)co_await (*box)->receive(into);
    }
    lost = (*box)->lost();
    ::close(sender);
  });
  EXPECT_EQ(heard, "one longe~  ");
  EXPECT_GT(lost, 0u);
}

TEST_F(SimulatedStreams, LetInAndReceiveAsTheRealOnesDo) {
  auto door = net.listen(loop.get_executor(), place, std::nullopt);
  ASSERT_TRUE(door);
  EXPECT_FALSE(net.listen(loop.get_executor(), place, std::nullopt));
  run(call(1s));
  EXPECT_TRUE(caller);
  door->reset();
  run(call(1s));
  EXPECT_EQ(said, "cannot connect to logstash:5044: Connection refused");
  EXPECT_FALSE(net.send(place, "x")) << "nobody receives";
}
