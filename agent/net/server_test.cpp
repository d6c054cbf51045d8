#include "agent/net/server.hpp"

#include "agent/net/test_kit.hpp"

#include <atomic>
#include <fstream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

core::Task<Response> echo(const Call& call) {
  Response response;
  response.body = call.method + " " + call.path + " [" + call.query + "] " + call.body;
  co_return response;
}

std::string get(std::string_view path, std::string_view more = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", path, more);
}

ServerOptions with(const ServerLimits& limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

}  // namespace

TEST(Server, AnswersOneRequestAfterTheOtherOnOneConnection) {
  const RunningServer server({}, echo);
  RawPeer peer(server.address());
  peer.send(get("/a%20b?x=%20y"));
  const std::string first = peer.read_until("[x=%20y] ");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(first, HasSubstr("Content-Length: 18\r\n"));
  EXPECT_THAT(first, HasSubstr(" GMT\r\n"));
  EXPECT_THAT(first, EndsWith("GET /a b [x=%20y] "));
  peer.send("POST /second HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(peer.read_until("hello"), EndsWith("POST /second [] hello"));
}

TEST(Server, AnswersPipelinedRequestsInTheirOrderThoughTheFirstIsSlow) {
  auto clock = os::make_clock();
  const Handler handler = [&](const Call& call) -> core::Task<Response> {
    if (call.path == "/slow") co_await clock->sleep(50ms);
    Response response;
    response.body = call.path + "!";
    co_return response;
  };
  const RunningServer server({}, handler);
  RawPeer peer(server.address());
  peer.send(get("/slow") + get("/quick") +
            "POST /body HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + "3\r\nabc\r\n0\r\n\r\n" +
            get("/last", "Connection: close\r\n"));
  const std::string all = peer.read_to_end();
  const auto slow = all.find("/slow!"), quick = all.find("/quick!"), body = all.find("/body!"),
             last = all.find("/last!");
  EXPECT_NE(last, std::string::npos) << all;
  EXPECT_LT(slow, quick);
  EXPECT_LT(quick, body);
  EXPECT_LT(body, last);
}

TEST(Server, SendsNoBodyForHeadButItsLength) {
  const RunningServer server({}, echo);
  RawPeer peer(server.address());
  peer.send("HEAD /x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  const std::string answer = peer.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(Server, ClosesAfterHttp10UnlessAskedToKeep) {
  const RunningServer server({}, echo);
  RawPeer closing(server.address());
  closing.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closing.read_to_end(), HasSubstr("Connection: close\r\n"));
  RawPeer keeping(server.address());
  keeping.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(keeping.read_until("/1 [] "), HasSubstr("Connection: keep-alive\r\n"));
  keeping.send("GET /2 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(keeping.read_to_end(), EndsWith("/2 [] "));
}

TEST(Server, ToldToContinueTheClientSendsItsBody) {
  const RunningServer server({}, echo);
  RawPeer peer(server.address());
  peer.send("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hi");
  EXPECT_THAT(peer.read_until("hi"), EndsWith("POST / [] hi"));
}

TEST(Server, RefusesRubbishAndSaysSo) {
  const RunningServer server({}, echo);
  const auto answer_to = [&](std::string_view bytes) {
    RawPeer peer(server.address());
    peer.send(bytes);
    return peer.read_to_end();
  };
  EXPECT_THAT(answer_to("\x16\x03\x01 rubbish\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to("GET / HTTP/9.9\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));  // no Host
  EXPECT_THAT(answer_to(get("/%zz")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(get("/a%00b")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(get("/", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer_to(get("/", "Transfer-Encoding: chunked\r\n") + "zz\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(Server, CutsOffAHeaderThatDripsIn) {
  const RunningServer server(with({.header_time = 100ms}), echo);
  RawPeer peer(server.address());
  peer.send("GET / HTTP/1.1\r\nHost");
  EXPECT_THAT(peer.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST(Server, HangsUpOnWhoConnectsAndSaysNothing) {
  const RunningServer server(with({.header_time = 50ms}), echo);
  RawPeer peer(server.address());
  EXPECT_TRUE(peer.has_something(4000));  // the end of the stream, long before the test would give up
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(Server, HangsUpOnWhoStaysIdle) {
  const RunningServer server(with({.idle_time = 50ms}), echo);
  RawPeer peer(server.address());
  peer.send(get("/"));
  EXPECT_THAT(peer.read_to_end(), EndsWith("GET / [] "));  // the end comes
}

TEST(Server, CutsOffABodyThatDripsIn) {
  const RunningServer server(with({.body_time = 100ms}), echo);
  RawPeer peer(server.address());
  peer.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nab");
  EXPECT_THAT(peer.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST(Server, CutsOffAnEndlessHeaderWhetherOneLineOrMany) {
  const RunningServer server(with({.header_bytes = 2048}), echo);
  RawPeer line(server.address());
  line.send("GET / HTTP/1.1\r\nX: " + std::string(3000, 'x'));
  EXPECT_THAT(line.read_to_end(), StartsWith("HTTP/1.1 431 "));
  RawPeer lines(server.address());
  lines.send("GET / HTTP/1.1\r\n");
  for (int count = 0; count < 400 && lines.send("X-Line: y\r\n"); ++count) {
  }
  EXPECT_THAT(lines.read_to_end(), StartsWith("HTTP/1.1 431 "));
  RawPeer target(server.address());
  target.send("GET /" + std::string(4000, 'x'));
  EXPECT_THAT(target.read_to_end(), StartsWith("HTTP/1.1 431 "));
}

TEST(Server, RefusesABodyThatIsTooLongBySizeOrByChunks) {
  const RunningServer server(with({.body_bytes = 100}), echo);
  RawPeer sized(server.address());
  sized.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 101\r\n\r\n");
  EXPECT_THAT(sized.read_to_end(), StartsWith("HTTP/1.1 413 "));
  RawPeer endless(server.address());
  endless.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "20\r\n" + std::string(32, 'x') + "\r\n";
  for (int count = 0; count < 10 && endless.send(chunk); ++count) {
  }
  EXPECT_THAT(endless.read_to_end(), StartsWith("HTTP/1.1 413 "));
  RawPeer head(server.address());
  head.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(40'000, 'e'));
  EXPECT_THAT(head.read_to_end(), StartsWith("HTTP/1.1 400 "));
}

TEST(Server, GivesUpOnWhoDoesNotReadItsAnswer) {
  const Handler big = [](const Call&) -> core::Task<Response> {
    Response response;
    response.body.assign(64 * 1024 * 1024, 'x');
    co_return response;
  };
  RunningServer server(with({.write_time = 100ms}), big);
  RawPeer peer(server.address());
  peer.send(get("/"));
  EXPECT_TRUE(peer.has_something(5000));
  while (server.on_river([](Server& inner) { return inner.connections(); }) > 0) ::usleep(1000);
  EXPECT_LT(peer.read_to_end().size(), 64u * 1024 * 1024);
}

TEST(Server, TurnsNewcomersAwayWhenAllConnectionsAreBusyAndSaysItOnce) {
  auto clock = os::make_clock();
  std::atomic<int> running = 0;
  std::atomic<bool> released = false;
  const Handler slow = [&](const Call&) -> core::Task<Response> {
    ++running;
    while (!released) co_await clock->sleep(1ms);
    co_return Response();
  };
  const RunningServer server(with({.connections = 2}), slow);
  RawPeer first(server.address()), second(server.address());
  first.send(get("/"));
  second.send(get("/"));
  while (running < 2) ::usleep(1000);
  for (int count = 0; count < 3; ++count) {
    RawPeer third(server.address());
    EXPECT_THAT(third.read_to_end(), StartsWith("HTTP/1.1 503 "));
  }
  EXPECT_EQ(server.log.count("turned away"), 1u);
  released = true;
  EXPECT_THAT(first.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(second.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  // Both are idle, or will be as soon as the server's thread has had its turn: one of them makes room.
  std::string answer;
  for (int attempt = 0; attempt < 1000 && !answer.starts_with("HTTP/1.1 200 "); ++attempt) {
    RawPeer later(server.address());
    later.send(get("/"));
    answer = later.read_until("\r\n\r\n");
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(first.has_something(2000) || second.has_something(0));  // that it was closed
}

TEST(Server, ItsRefusalReachesWhoIsStillSending) {
  const RunningServer server(with({.body_bytes = 100}), echo);
  RawPeer peer(server.address());
  peer.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x'));
  EXPECT_THAT(peer.read_to_end(), StartsWith("HTTP/1.1 413 "));
  EXPECT_FALSE(peer.was_reset());
}

TEST(Server, AHandlersExceptionIsItsOwnRequestsTroubleOnly) {
  const Handler handler = [](const Call& call) -> core::Task<Response> {
    if (call.path == "/bug") throw std::runtime_error("boom");
    co_return Response();
  };
  const RunningServer server({}, handler);
  RawPeer peer(server.address());
  peer.send(get("/bug") + get("/fine"));
  EXPECT_THAT(peer.read_until("the log says more\n"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(peer.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(server.log.count("error A request could not be handled"), 1u);
}

TEST(Server, AHandlerThatHangsIsCancelled) {
  auto clock = os::make_clock();
  const Handler handler = [&](const Call&) -> core::Task<Response> {
    co_await clock->sleep(1h);
    co_return Response();
  };
  const RunningServer server(with({.answer_time = 50ms}), handler);
  RawPeer peer(server.address());
  peer.send(get("/"));
  EXPECT_THAT(peer.read_until("took too long\n"), StartsWith("HTTP/1.1 503 "));
}

TEST(Server, AResponseCannotSmuggleInLines) {
  const Handler handler = [](const Call&) -> core::Task<Response> {
    Response response;
    response.headers = {
        {"X-Good", "a\r\nSet-Cookie: evil"}, {"X-Bad\r\nSet-Cookie", "evil"}, {"Content-Length", "99"}};
    co_return response;
  };
  const RunningServer server({}, handler);
  RawPeer peer(server.address());
  peer.send(get("/"));
  const std::string head = peer.read_until("\r\n\r\n");
  EXPECT_THAT(head, Not(HasSubstr("\r\nSet-Cookie")));
  EXPECT_THAT(head, HasSubstr("Content-Length: 0\r\n"));
}

TEST(Server, TellsWhoIsOnTheOtherEndOfTheUnixSocket) {
  const TemporaryDirectory directory;
  const std::string address = "unix:" + directory.file("agent.sock");
  const Handler handler = [](const Call& call) -> core::Task<Response> {
    Response response;
    response.body = call.peer + (call.local_socket ? " local." : " remote.");
    co_return response;
  };
  ServerOptions options;
  options.listeners.push_back({address, std::nullopt, "socket"});
  options.listeners.push_back({"127.0.0.1:0", std::nullopt, "http"});
  const RunningServer server(std::move(options), handler);
  RawPeer local(address);
  local.send(get("/"));
  EXPECT_THAT(local.read_until("local."),
              EndsWith(fmt::format("pid {} uid {} local.", ::getpid(), ::getuid())));
  RawPeer remote(server.address(1));
  remote.send(get("/"));
  EXPECT_THAT(remote.read_until("remote."), HasSubstr("127.0.0.1:"));
  struct stat state{};
  ASSERT_EQ(::stat(directory.file("agent.sock").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0660u);
}

TEST(Server, FinishesARunningRequestWhenAskedToStop) {
  auto clock = os::make_clock();
  std::atomic<bool> begun = false;
  const Handler handler = [&](const Call&) -> core::Task<Response> {
    begun = true;
    co_await clock->sleep(100ms);
    Response response;
    response.body = "finished";
    co_return response;
  };
  RunningServer server({}, handler);
  RawPeer idle(server.address());
  RawPeer busy(server.address());
  busy.send(get("/"));
  while (!begun) ::usleep(1000);
  server.ask_to_stop();
  const std::string answer = busy.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("finished"));
  EXPECT_EQ(idle.read_to_end(), "");
  server.stop();
  EXPECT_EQ(server.log.count("Connections were cut"), 0u);  // the idle one did not hold it up
  EXPECT_THROW(RawPeer late(server.address()), std::runtime_error);
}

TEST(Server, CutsWhatDoesNotFinishInTime) {
  auto clock = os::make_clock();
  std::atomic<bool> begun = false;
  const Handler handler = [&](const Call&) -> core::Task<Response> {
    begun = true;
    co_await clock->sleep(1h);
    co_return Response();
  };
  RunningServer server(with({.drain_time = 50ms}), handler);
  RawPeer peer(server.address());
  peer.send(get("/"));
  while (!begun) ::usleep(1000);
  server.stop();
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(server.log.count("Connections were cut"), 1u);
}

TEST(Server, CountsWhatItServedAndWhatItRefused) {
  std::atomic<int> fine = 0;
  std::atomic<int> refused = 0;
  ServerOptions options;
  options.on_served = [&](const Served& served) { ++(served.status == 200 ? fine : refused); };
  RunningServer server(std::move(options), echo);
  RawPeer peer(server.address());
  peer.send(get("/") + "rubbish\r\n\r\n");
  (void)peer.read_to_end();
  server.stop();
  EXPECT_EQ(fine, 1);
  EXPECT_EQ(refused, 1);
}

TEST(Server, PausesWhenThereAreNoDescriptorsAndDoesNotSpin) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    int failure = 0;
    {
      const RunningServer server({}, echo);
      RawPeer first(server.address());
      first.send(get("/"));
      if (!first.read_until("[] ").ends_with("GET / [] ")) failure = 2;
      const int next_free = ::dup(0);  // the lowest number that is free
      ::close(next_free);
      const rlimit few{static_cast<rlim_t>(next_free) + 1, static_cast<rlim_t>(next_free) + 1};
      if (::setrlimit(RLIMIT_NOFILE, &few) != 0) failure = 3;
      RawPeer second(server.address());  // takes the last one
      second.send(get("/"));
      const std::clock_t before = std::clock();
      if (second.has_something(300)) failure = 4;
      const double busy_ms = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
      if (busy_ms > 100) failure = 5;
      if (server.log.count("Cannot accept connections for now") != 1) failure = 6;
      first.close();  // the server sees it and closes its end: room again
      if (!second.read_until("[] ").ends_with("GET / [] ")) failure = 7;
      if (server.log.count("Accepts connections again") != 1) failure = 8;
    }
    ::_exit(failure);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
