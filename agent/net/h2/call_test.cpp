#include "agent/net/h2/call.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/h2/test_server.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/sim_clock.hpp"

#include <array>
#include <optional>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace outrider::net::testing;
using namespace std::chrono_literals;
using core::Errc;

namespace {

constexpr const char* address = "api:50051";

struct H2 : ::testing::Test {
  using Says = std::function<std::string(std::string_view heard)>;

  core::Outcome<H2Answer> call(Says says, bool hangs_up = false) {
    streams.listen(address);
    std::optional<core::Outcome<H2Answer>> answer;
    async::Nursery both(loop.get_executor());
    both.start(serve(streams, std::move(says), hangs_up));
    both.start(ask(streams, answer, body_bytes));
    clock.advance(3s);
    both.cancel();
    clock.settle();
    return answer.value_or(core::fail(Errc::internal, "it never ended"));
  }

  static core::Task<void> serve(SimStreams& streams, Says says, bool hangs_up) {
    const auto stream = co_await streams.accept(address);
    for (;;) {
      std::array<char, 4096> buffer;
      const std::span<char> into(buffer);
      const auto size = co_await stream->read_some(into, 1h);
      if (!size || *size == 0) co_return;
      const std::string said = says(std::string_view(buffer.data(), *size));
      if (!said.empty()) (void)co_await stream->write_all(said, 1h);
      if (hangs_up) co_return;
    }
  }

  static core::Task<void> ask(SimStreams& streams, std::optional<core::Outcome<H2Answer>>& into,
                              std::size_t body_bytes) {
    std::optional<TlsTrust> plain;
    const auto stream = co_await streams.connect(address, std::move(plain), 1s);
    H2Call call;
    call.authority = address;
    call.path = "/a.B/C";
    call.headers = {{"te", "trailers"}};
    call.body = std::string(body_bytes, 'q');
    into.emplace(co_await call_h2(**stream, std::move(call), 1000, 2s));
  }

  std::size_t body_bytes = 100'000;
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  SimStreams streams{clock, loop.get_executor()};
};

}  // namespace

TEST_F(H2, ACallBringsItsAnswerWithWhatFollowsIt) {
  std::string path;
  std::size_t asked = 0;
  H2Server server([&](const std::string& to, const std::string& body) {
    path = to;
    asked = body.size();
    return H2Reply{200, "hello", {{"grpc-status", "0"}}};
  });
  const auto answer = call([&](std::string_view heard) { return server.hear(heard); });
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(header(answer->headers, "grpc-status"), "0");
  EXPECT_EQ(path, "/a.B/C");
  EXPECT_EQ(asked, 100'000u) << "more than fits into the window at once";
}

TEST_F(H2, AnAnswerThatIsTooLongIsLeft) {
  H2Server server(
      [](const std::string&, const std::string&) { return H2Reply{200, std::string(9000, 'x'), {}}; });
  EXPECT_EQ(call([&](std::string_view heard) { return server.hear(heard); }).error().code, Errc::exhausted);
}

TEST_F(H2, WhatIsNotHttp2IsSaidToBeSo) {
  body_bytes = 10;
  const auto other = call([](std::string_view) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; }, true);
  EXPECT_EQ(other.error().code, Errc::corrupt);
  EXPECT_EQ(other.error().what, "what api:50051 says is not HTTP/2");
  const auto nothing = call([](std::string_view) { return ""; }, true);
  EXPECT_EQ(nothing.error().code, Errc::unavailable);
}

TEST_F(H2, SilenceEndsAtTheLimit) {
  H2Server server([](const std::string&, const std::string&) { return H2Reply{200, {}, {}, true}; });
  EXPECT_EQ(call([&](std::string_view heard) { return server.hear(heard); }).error().code, Errc::timed_out);
}
