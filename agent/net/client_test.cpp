#include "agent/net/client.hpp"

#include "agent/async/race.hpp"
#include "agent/net/dialer.hpp"
#include "agent/net/gzip.hpp"
#include "agent/net/test_kit.hpp"

#include <atomic>
#include <thread>

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

// A peer that sends what the test says to whoever connects, once for each text, and hangs up after it.
class Script {
 public:
  enum class Then { hang_up, stay, hang_up_at_the_next_request };

  explicit Script(std::vector<std::string> answers, Then then = Then::hang_up) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SocketAddress address = read_numeric("127.0.0.1", 0).front();
    if (::bind(descriptor_, address.get(), address.size) != 0 || ::listen(descriptor_, 8) != 0) {
      throw std::runtime_error("cannot listen");
    }
    (void)::getsockname(descriptor_, address.get(), &address.size);
    address_ = address.text();
    thread_ = std::thread([this, answers = std::move(answers), then] {
      for (const std::string& answer : answers) {
        const int peer = ::accept(descriptor_, nullptr, nullptr);
        if (peer < 0) return;
        std::array<char, 4096> request{};
        (void)::recv(peer, request.data(), request.size(), 0);
        (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        while (then == Then::stay && ::recv(peer, request.data(), request.size(), 0) > 0) {
        }
        if (then == Then::hang_up_at_the_next_request) {
          (void)::recv(peer, request.data(), request.size(), 0);
        }
        ::close(peer);
        ++hung_up_;
      }
    });
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script() {
    ::shutdown(descriptor_, SHUT_RDWR);
    thread_.join();
    ::close(descriptor_);
  }
  const std::string& address() const { return address_; }
  std::string url() const { return "http://" + address_ + "/"; }
  int hung_up() const { return hung_up_; }

 private:
  int descriptor_ = -1;
  std::atomic<int> hung_up_ = 0;
  std::string address_;
  std::thread thread_;
};

struct Asking : ::testing::Test {
  // A client for one test body, on a loop of its own.
  template <class Body>
  void with_client(ClientOptions options, Body body) {
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto client = make_client(*clock, *pool, options);
      co_await body(*client);
    });
  }

  core::Outcome<Response> ask_once(Request request, core::Duration limit = 5s, ClientOptions options = {}) {
    std::optional<core::Outcome<Response>> outcome;
    with_client(options,
                [&](Client& client) -> core::Task<void> { outcome = co_await client.ask(request, limit); });
    return *outcome;
  }

  core::Outcome<Response> get(const std::string& url, core::Duration limit = 5s, ClientOptions options = {}) {
    Request request;
    request.url = url;
    return ask_once(request, limit, options);
  }

  std::unique_ptr<core::Clock> clock = os::make_clock();
  std::unique_ptr<async::Pool> pool = async::make_thread_pool(2);
};

core::Task<Response> tell_peer(const Call& call) {
  Response response;
  response.body = call.peer;
  co_return response;
}

}  // namespace

TEST_F(Asking, GetsTheAnswerAndKeepsTheConnection) {
  const RunningServer server({}, tell_peer);
  std::string first, second;
  with_client({}, [&](Client& client) -> core::Task<void> {
    Request request;
    request.url = server.url();
    first = (co_await client.ask(request, 5s))->body;
    second = (co_await client.ask(request, 5s))->body;
  });
  EXPECT_THAT(first, StartsWith("127.0.0.1:"));
  EXPECT_EQ(first, second);
}

TEST_F(Asking, SendsMethodHeadersAndBody) {
  const RunningServer server({}, [](const Call& call) -> core::Task<Response> {
    Response response;
    response.status = 201;
    response.headers.emplace_back("X-Seen", std::string(header(call.headers, "x-mine")));
    response.body = call.method + " " + call.path + "?" + call.query + " " + call.body + " " +
                    std::string(header(call.headers, "user-agent"));
    co_return response;
  });
  Request request;
  request.method = "POST";
  request.url = server.url("/a/b?c=d");
  request.headers.emplace_back("X-Mine", "yes");
  request.body = "body";
  const auto response = ask_once(request);
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(header(response->headers, "x-seen"), "yes");
  EXPECT_EQ(response->body, "POST /a/b?c=d body outrider");
  const auto shared = std::make_shared<const std::string>("large");
  request.shared_body = shared;
  EXPECT_EQ(ask_once(request)->body, "POST /a/b?c=d large outrider");
  request = {};
  EXPECT_EQ(shared.use_count(), 1) << "its owner may use it again";
}

TEST_F(Asking, ReachesAUnixSocketAndAName) {
  const TemporaryDirectory directory;
  ServerOptions options;
  options.listeners.push_back({"unix:" + directory.file("s"), std::nullopt, "socket"});
  options.listeners.push_back({"localhost:0", std::nullopt, "http"});
  const RunningServer server(std::move(options), [](const Call& call) -> core::Task<Response> {
    Response response;
    response.body = call.path;
    co_return response;
  });
  EXPECT_EQ(get("unix:" + directory.file("s") + ":/status")->body, "/status");
  const std::string port = server.address(1).substr(server.address(1).rfind(':'));
  EXPECT_EQ(get("http://localhost" + port + "/named")->body, "/named");
}

TEST_F(Asking, SaysWhoRefused) {
  std::string address;
  {
    const Script gone({});
    address = gone.address();
  }
  const auto response = get("http://" + address + "/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, core::Errc::refused);
  EXPECT_EQ(response.error().what, "cannot connect to " + address + ": Connection refused");
  EXPECT_EQ(get("unix:/no/such.sock:/").error().what,
            "cannot connect to unix:/no/such.sock: No such file or directory");
  EXPECT_EQ(get("http://no-such-host.invalid/").error().what.substr(0, 36),
            "cannot resolve no-such-host.invalid:");
  EXPECT_EQ(get("gopher://x/").error().code, core::Errc::unsupported);
}

TEST_F(Asking, SaysHowFarItCameWhenItsTimeIsUp) {
  const Script silent({""}, Script::Then::stay);
  const auto nothing = get(silent.url(), 50ms);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, core::Errc::timed_out);
  EXPECT_EQ(nothing.error().what, "cannot read from " + silent.address() + ": no answer within 50ms");
  const Script endless({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"}, Script::Then::stay);
  EXPECT_EQ(get(endless.url(), 50ms).error().what,
            "cannot read from " + endless.address() + ": the answer did not end within 50ms");
}

TEST_F(Asking, TellsGarbageFromSilenceFromAnAnswerCutShort) {
  const Script garbage({"SSH-2.0-OpenSSH_9.2\r\n\r\n"});
  EXPECT_EQ(get(garbage.url()).error().code, core::Errc::corrupt);
  const Script mute({""});
  EXPECT_EQ(get(mute.url()).error().what,
            "cannot read from " + mute.address() + ": the connection was closed without an answer");
  const Script cut({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"});
  EXPECT_EQ(get(cut.url()).error().what,
            "cannot read from " + cut.address() + ": the connection was closed in the middle of the answer");
}

TEST_F(Asking, ReadsChunksInterimAnswersAndABodyThatEndsWithTheConnection) {
  const Script chunked(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
  EXPECT_EQ(get(chunked.url())->body, "abcde");
  const Script interim({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"});
  EXPECT_EQ(get(interim.url())->status, 204);
  const Script closing({"HTTP/1.0 200 OK\r\n\r\nto the end"});
  EXPECT_EQ(get(closing.url())->body, "to the end");
}

TEST_F(Asking, HearsAnAnswerWithoutAnEndAsItComesAndHangsUpWhenThatIsEnough) {
  const Script script({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n",
                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n",
                       "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"},
                      Script::Then::stay);
  std::string heard;
  Request request;
  request.url = script.url();
  request.hear = [&heard](std::string_view part) {
    heard += part;
    return heard.find("two") == std::string::npos;
  };
  ClientOptions options;
  options.max_body_bytes = 5;  // of an answer that is kept
  const auto enough = ask_once(request, 5s, options);
  ASSERT_TRUE(enough) << enough.error().what;
  EXPECT_EQ(heard, "one\ntwo\n");
  EXPECT_EQ(enough->body, "");
  heard.clear();
  const auto silent = ask_once(request, 200ms, options);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, core::Errc::timed_out);
  EXPECT_EQ(heard, "one\n");
  heard.clear();
  const auto refused = ask_once(request, 5s, options);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->body, "no");
  EXPECT_EQ(heard, "");
}

TEST_F(Asking, RefusesAnAnswerThatIsTooLarge) {
  ClientOptions options;
  options.max_body_bytes = 1000;
  const Script sized({"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"});
  EXPECT_EQ(get(sized.url(), 5s, options).error().code, core::Errc::exhausted);
  const Script unsized({"HTTP/1.0 200 OK\r\n\r\n" + std::string(1001, 'x')});
  EXPECT_EQ(get(unsized.url(), 5s, options).error().what,
            "cannot read from " + unsized.address() + ": the answer is too large");
  const Script head({"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"});
  EXPECT_EQ(get(head.url(), 5s, options).error().code, core::Errc::exhausted);
}

TEST_F(Asking, LeavesOutABodyThatIsLongerThanTheRequestAllows) {
  const std::string head = "HTTP/1.1 200 OK\r\nX-A: b\r\n";
  const Script script({head + "Content-Length: 9999999999\r\n\r\nxxxx",
                       head + "Transfer-Encoding: chunked\r\n\r\n1000\r\n" + std::string(4096, 'x'),
                       head + "Content-Length: 5\r\n\r\nready"},
                      Script::Then::stay);
  for (const bool left_out : {true, true, false}) {
    Request request;
    request.url = script.url();
    request.most_body_bytes = 1024;
    const auto response = ask_once(std::move(request));
    ASSERT_TRUE(response) << response.error().what;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(header(response->headers, "x-a"), "b");
    EXPECT_EQ(response->body_left_out, left_out);
    EXPECT_EQ(response->body, left_out ? "" : "ready");
  }
}

TEST_F(Asking, UnpacksWhatItAskedForPackedButNoBomb) {
  const RunningServer server({}, [](const Call&) -> core::Task<Response> {
    Response response;
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = gzip(std::string(5000, 'a'));
    co_return response;
  });
  Request request;
  request.url = server.url();
  request.headers.emplace_back("Accept-Encoding", "gzip");
  EXPECT_EQ(ask_once(request)->body, std::string(5000, 'a'));
  ClientOptions options;
  options.max_body_bytes = 4999;
  EXPECT_EQ(ask_once(request, 5s, options).error().code, core::Errc::exhausted);
  request.headers.clear();
  EXPECT_EQ(header(ask_once(request)->headers, "content-encoding"), "gzip");
}

// A POST is never repeated, so only the look beforehand can save it.
TEST_F(Asking, DoesNotUseAKeptConnectionThatWasClosedMeanwhile) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const Script script({answer + "a", answer + "b"});  // each says it keeps the connection, and closes it
  std::string bodies;
  with_client({}, [&](Client& client) -> core::Task<void> {
    Request request;
    request.url = script.url();
    bodies += (co_await client.ask(request, 5s))->body;
    while (script.hung_up() == 0) co_await clock->sleep(1ms);
    request.method = "POST";
    bodies += (co_await client.ask(request, 5s))->body;
  });
  EXPECT_EQ(bodies, "ab");
}

// The connection still looks good when it is taken: only asking shows that it is not.
TEST_F(Asking, RepeatsOnAFreshConnectionWhatGotNoAnswerOnAKeptOneUnlessItMayHaveActed) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const auto ask_twice = [&](const std::string& method) {
    const Script script({answer + "a", answer + "b"}, Script::Then::hang_up_at_the_next_request);
    std::optional<core::Outcome<Response>> second;
    with_client({}, [&](Client& client) -> core::Task<void> {
      Request request;
      request.url = script.url();
      (void)co_await client.ask(request, 5s);
      request.method = method;
      second = co_await client.ask(request, 5s);
    });
    // Lets the script's second turn go by when nobody used it.
    if (!*second) (void)get(script.url());
    return *second;
  };
  const auto repeated = ask_twice("GET");
  ASSERT_TRUE(repeated) << repeated.error().what;
  EXPECT_EQ(repeated->body, "b");
  const auto once = ask_twice("POST");
  ASSERT_FALSE(once);
  EXPECT_EQ(once.error().code, core::Errc::unavailable);
}

TEST_F(Asking, ForgetsConnectionsAfterAWhile) {
  const RunningServer server({}, tell_peer);
  std::string first, second;
  ClientOptions options;
  options.keep_for = 1ms;
  with_client(options, [&](Client& client) -> core::Task<void> {
    Request request;
    request.url = server.url();
    first = (co_await client.ask(request, 5s))->body;
    co_await clock->sleep(10ms);
    second = (co_await client.ask(request, 5s))->body;
  });
  EXPECT_NE(first, second);
}

TEST_F(Asking, EndsWhenCancelledAndLeavesNothingRunning) {
  const Script silent({""}, Script::Then::stay);
  bool in_time = true;
  with_client({}, [&](Client& client) -> core::Task<void> {
    const auto ask = [&]() -> core::Task<void> {
      Request request;
      request.url = silent.url();
      (void)co_await client.ask(request, 1h);
    };
    in_time = co_await async::finish_within(*clock, 20ms, ask());
  });
  EXPECT_FALSE(in_time);
}

TEST_F(Asking, TheDialerOnlyKnocks) {
  const RunningServer server({}, tell_peer);
  const std::string address = server.address();
  std::string gone;
  {
    const Script script({});
    gone = script.address();
  }
  async::run_here([&](async::Executor) -> core::Task<void> {
    const auto dialer = make_dialer(*clock, *pool);
    const auto there = co_await dialer->touch(address, 5s);
    EXPECT_TRUE(there);
    const auto refused = co_await dialer->touch(gone, 5s);
    EXPECT_EQ(refused.error().what, "cannot connect to " + gone + ": Connection refused");
    const auto nonsense = co_await dialer->touch("nonsense", 5s);
    EXPECT_EQ(nonsense.error().code, core::Errc::invalid);
  });
}
