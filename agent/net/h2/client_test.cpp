#include "agent/net/h2/client.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/h2/service.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/sim_clock.hpp"

#include <optional>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace std::chrono_literals;

namespace {

constexpr const char* address = "collector:4317";

struct H2ClientTest : ::testing::Test {
  H2ClientTest() {
    open();
    streams.listen(address);
    nursery.start(accept(*this));
  }
  ~H2ClientTest() override {
    nursery.cancel();
    clock.settle();
  }

  // Another server at the same place; the one before says that it goes.
  void open() {
    if (service) service->close();
    H2Limits limits;
    limits.body_bytes = 5u << 20;
    service =
        std::make_shared<H2Service>(loop.get_executor(), clock, log, limits,
                                    [this](Call& call, H2Trouble trouble) { return answer(call, trouble); });
  }
  core::Task<H2Reply> answer(Call& call, H2Trouble trouble) {
    ++asked;
    while (is_silent) co_await news.wait();
    H2Reply reply;
    reply.body = trouble == H2Trouble::too_long
                     ? "too long"
                     : std::to_string(call.body.size()) + call.body.substr(0, 1) + call.body.back();
    reply.trailers = {{"grpc-status", "0"}};
    co_return reply;
  }
  static core::Task<void> accept(H2ClientTest& of) {
    for (;;) {
      auto stream = co_await of.streams.accept(address);
      of.nursery.start(serve(of.service, std::move(stream)));
    }
  }
  static core::Task<void> serve(std::shared_ptr<H2Service> service, std::unique_ptr<Stream> stream) {
    auto serving = service->serve(*stream);
    co_await std::move(serving);
  }

  std::string ask(std::size_t body_bytes, core::Duration limit = 5s) {
    outcome.reset();
    nursery.start(call(*this, body_bytes, limit));
    clock.advance(limit + 1ms);
    return outcome.value_or("it never ended");
  }
  static core::Task<void> call(H2ClientTest& of, std::size_t body_bytes, core::Duration limit) {
    H2Call call;
    call.authority = address;
    call.path = "/a.B/C";
    call.prefix = "<";
    call.body = std::string(body_bytes, 'q') + ">";
    auto calling = of.client.call(call, 100'000, limit);
    const core::Outcome<H2Answer> answer = co_await std::move(calling);
    of.outcome = answer ? answer->body : answer.error().what;
  }

  boost::asio::io_context loop{1};
  os::SimClock clock{loop};
  os::CapturedLog log;
  SimStreams streams{clock, loop.get_executor()};
  H2Client client{clock, streams, address, std::nullopt};
  std::shared_ptr<H2Service> service;
  async::Nursery nursery{loop.get_executor()};
  async::Bell news{loop.get_executor()};
  bool is_silent = false;
  int asked = 0;
  std::optional<std::string> outcome;
};

}  // namespace

TEST_F(H2ClientTest, ManyCallsGoOverOneConnection) {
  EXPECT_EQ(ask(3), "5<>");
  EXPECT_EQ(ask(3u << 20), "3145730<>") << "more than fits into any window";
  EXPECT_EQ(ask(0), "2<>");
  EXPECT_EQ(streams.connections(address), 1u);
}

TEST_F(H2ClientTest, WhoIsAnsweredBeforeItsEndKeepsTheConnection) {
  EXPECT_EQ(ask(6u << 20), "too long");
  EXPECT_EQ(ask(3), "5<>");
  EXPECT_EQ(streams.connections(address), 1u);
}

TEST_F(H2ClientTest, AServerThatGoesIsLeftAndTheNextOneFound) {
  EXPECT_EQ(ask(3), "5<>");
  open();
  clock.advance(10ms);
  EXPECT_EQ(ask(3), "5<>");
  clock.advance(1min);
  EXPECT_EQ(ask(3), "5<>");
  EXPECT_EQ(streams.connections(address), 2u);
}

TEST_F(H2ClientTest, AConnectionThatDiedUnseenCostsNoCall) {
  EXPECT_EQ(ask(3), "5<>");
  streams.tear(address);
  EXPECT_EQ(ask(3), "5<>");
  EXPECT_EQ(streams.connections(address), 2u);
}

TEST_F(H2ClientTest, SilenceEndsAtTheLimitAndItsConnectionGoes) {
  is_silent = true;
  EXPECT_EQ(ask(3, 2s), "the answer of collector:4317 took longer than 2s");
  is_silent = false;
  news.ring();
  EXPECT_EQ(ask(3), "5<>");
  EXPECT_EQ(streams.connections(address), 2u);
}

TEST_F(H2ClientTest, NobodyThereIsSaidSo) {
  streams.close(address);
  EXPECT_EQ(ask(3), "cannot connect to collector:4317: Connection refused");
  EXPECT_EQ(asked, 0);
}
