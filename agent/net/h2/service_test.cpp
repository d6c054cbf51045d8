#include "agent/net/h2/service.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/h2/call.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"

#include <array>
#include <optional>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

using namespace outrider;
using namespace outrider::net;
using namespace std::chrono_literals;

namespace {

constexpr const char* address = "agent:4317";

struct H2ServiceTest : ::testing::Test {
  using Answer = std::shared_ptr<std::optional<core::Outcome<H2Answer>>>;

  void start(H2Limits limits = {}) {
    service =
        std::make_unique<H2Service>(loop.get_executor(), clock, log, limits,
                                    [this](Call& call, H2Trouble trouble) { return answer(call, trouble); });
    streams.listen(address);
    nursery.start(accept(*this));
  }
  ~H2ServiceTest() override {
    nursery.cancel();
    clock.settle();
    EXPECT_EQ(nursery.size(), 0u);
  }

  core::Task<H2Reply> answer(Call& call, H2Trouble trouble) {
    ++asked;
    while (is_slow) co_await news.wait();
    H2Reply reply;
    reply.headers = {{"content-type", "application/grpc"}};
    reply.trailers = {{"grpc-status", "0"}};
    if (trouble == H2Trouble::none) reply.body = call.path + " " + std::to_string(call.body.size());
    if (trouble == H2Trouble::too_long) reply.trailers = {{"grpc-status", "8"}};
    if (trouble == H2Trouble::crowded) reply.trailers = {{"grpc-status", "14"}};
    if (call.path == "/throws") throw std::runtime_error("a bug");
    co_return reply;
  }
  static core::Task<void> accept(H2ServiceTest& of) {
    for (;;) {
      auto stream = co_await of.streams.accept(address);
      of.nursery.start(serve(of, std::move(stream)));
    }
  }
  static core::Task<void> serve(H2ServiceTest& of, std::unique_ptr<Stream> stream) {
    auto serving = of.service->serve(*stream);
    co_await std::move(serving);
    ++of.ended;
  }

  Answer begin(std::size_t body_bytes, const std::string& path = "/a.B/C") {
    auto into = std::make_shared<std::optional<core::Outcome<H2Answer>>>();
    nursery.start(ask(streams, into, body_bytes, path));
    clock.advance(100ms);
    return into;
  }
  static core::Task<void> ask(SimStreams& streams, Answer into, std::size_t body_bytes, std::string path) {
    std::optional<TlsTrust> plain;
    const auto stream = co_await streams.connect(address, std::move(plain), 1s);
    H2Call call;
    call.authority = address;
    call.path = path;
    call.body = std::string(body_bytes, 'q');
    *into = co_await call_h2(**stream, std::move(call), 100'000, 1h);
  }
  // Sends these bytes and keeps what comes.
  static core::Task<void> say(SimStreams& streams, std::string bytes, std::string& heard, bool& is_over) {
    std::optional<TlsTrust> plain;
    const auto stream = co_await streams.connect(address, std::move(plain), 1s);
    (void)co_await (*stream)->write_all(bytes, 1h);
    std::array<char, 4096> buffer;
    const std::span<char> into(buffer);
    for (;;) {
      const auto size = co_await (*stream)->read_some(into, 1h);
      if (!size || *size == 0) break;
      heard.append(buffer.data(), *size);
    }
    is_over = true;
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  os::CapturedLog log;
  SimStreams streams{clock, loop.get_executor()};
  std::unique_ptr<H2Service> service;
  async::Nursery nursery{loop.get_executor()};
  async::Bell news{loop.get_executor()};
  bool is_slow = false;
  int asked = 0, ended = 0;
};

std::string status_of(const H2ServiceTest::Answer& answer) {
  if (!*answer) return "no answer";
  if (!**answer) return (*answer)->error().what;
  return std::string(header((**answer)->headers, "grpc-status"));
}

}  // namespace

TEST_F(H2ServiceTest, AnswersWithABodyAndTrailersBehindIt) {
  start();
  const Answer answer = begin(5);
  ASSERT_EQ(status_of(answer), "0");
  EXPECT_EQ((**answer)->status, 200);
  EXPECT_EQ((**answer)->body, "/a.B/C 5");
}

TEST_F(H2ServiceTest, TakesABodyThatIsLargerThanAnyWindow) {
  H2Limits limits;
  limits.body_bytes = 16u << 20;
  start(limits);
  const Answer answer = begin(6u << 20);
  clock.advance(10s);
  ASSERT_EQ(status_of(answer), "0");
  EXPECT_EQ((**answer)->body, "/a.B/C 6291456");
}

TEST_F(H2ServiceTest, WhatIsTooLongIsAnsweredBeforeItsEnd) {
  H2Limits limits;
  limits.body_bytes = 100'000;
  start(limits);
  const Answer answer = begin(3u << 20);
  clock.advance(5s);
  EXPECT_EQ(status_of(answer), "8");
  EXPECT_EQ(status_of(begin(99'000)), "0");
}

TEST_F(H2ServiceTest, WhatIsTooMuchWithTheOthersIsToldSoAndItsRoomComesBack) {
  H2Limits limits;
  limits.body_bytes = 100'000;
  limits.all_bodies_bytes = 150'000;
  start(limits);
  is_slow = true;
  const Answer first = begin(90'000);
  const Answer second = begin(90'000);
  is_slow = false;
  news.ring();
  clock.advance(1s);
  EXPECT_EQ(status_of(first), "0");
  EXPECT_EQ(status_of(second), "14");
  EXPECT_EQ(status_of(begin(90'000)), "0");
}

TEST_F(H2ServiceTest, WhenItClosesWhatRunsIsAnsweredAndConnectionsEnd) {
  H2Limits limits;
  limits.drain_time = 5s;
  start(limits);
  is_slow = true;
  const Answer running = begin(5);
  service->close();
  clock.advance(1s);
  EXPECT_EQ(ended, 0);
  is_slow = false;
  news.ring();
  clock.advance(1s);
  EXPECT_EQ(status_of(running), "0");
  EXPECT_EQ(ended, 1);
}

TEST_F(H2ServiceTest, WhatDoesNotEndWhenItClosesIsCut) {
  start();
  is_slow = true;
  const Answer running = begin(5);
  service->close();
  clock.advance(2s);
  EXPECT_EQ(ended, 1);
  EXPECT_NE(status_of(running), "0");
}

TEST_F(H2ServiceTest, ABugInAHandlerEndsItsCallAndNoOther) {
  start();
  EXPECT_NE(status_of(begin(5, "/throws")), "0");
  EXPECT_EQ(status_of(begin(5)), "0");
}

TEST_F(H2ServiceTest, AHandlerThatTakesTooLongLosesItsCall) {
  start();
  is_slow = true;
  const Answer answer = begin(5);
  clock.advance(61s);
  ASSERT_TRUE(*answer);
  EXPECT_NE(status_of(answer), "0");
}

TEST_F(H2ServiceTest, WhoSaysNothingOrSomethingElseIsCutOff) {
  start();
  std::string heard;
  bool is_silent_over = false, is_other_over = false;
  nursery.start(say(streams, "", heard, is_silent_over));
  nursery.start(say(streams, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", heard, is_other_over));
  clock.advance(1s);
  EXPECT_TRUE(is_other_over);
  EXPECT_FALSE(is_silent_over);
  clock.advance(10s);
  EXPECT_TRUE(is_silent_over);
  EXPECT_EQ(asked, 0);
}

TEST_F(H2ServiceTest, ACallThatIsNeverWholeIsEnded) {
  start();
  // Its preface, its settings, and the head of a call whose body never comes.
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session* client = nullptr;
  nghttp2_session_client_new(&client, callbacks, nullptr);
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(client, NGHTTP2_FLAG_NONE, nullptr, 0);
  std::array<std::array<std::string, 2>, 4> head{
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/a"}, {":authority", "x"}}};
  std::vector<nghttp2_nv> pairs;
  for (auto& [name, value] : head) {
    pairs.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                     reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_submit_headers(client, NGHTTP2_FLAG_NONE, -1, nullptr, pairs.data(), pairs.size(), nullptr);
  std::string bytes;
  const std::uint8_t* piece = nullptr;
  for (ssize_t size = nghttp2_session_mem_send(client, &piece); size > 0;
       size = nghttp2_session_mem_send(client, &piece))
    bytes.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(size));
  nghttp2_session_del(client);
  std::string heard;
  bool is_over = false;
  nursery.start(say(streams, bytes, heard, is_over));
  clock.advance(1s);
  const std::size_t before = heard.size();
  clock.advance(35s);
  EXPECT_GT(heard.size(), before) << "it is told that its call is over";
  EXPECT_EQ(asked, 0);
}
