#include "agent/sinks/logstash/logstash.hpp"

#include "agent/sinks/fake_logstash.hpp"
#include "agent/sinks/logstash/frames.hpp"
#include "agent/sinks/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::testing;
using namespace std::chrono_literals;
using sinks::logstash::AckReader;
using sinks::logstash::testing::ack;
using sinks::logstash::testing::FakeLogstash;

namespace {

constexpr const char* first_host = "a:5044";
constexpr const char* second_host = "b:5044";

std::string id_of(std::uint64_t n) {
  std::string id;
  telemetry::append_document_id(id, numbered(n, 1)->records[0].origin);
  return id;
}

std::string event_of(std::uint64_t n) {
  return "{\"n\":" + std::to_string(n) +
         R"(,"@metadata":{"beat":"outrider","type":"_doc","version":"0.1.0","_id":")" + id_of(n) + "\"}}";
}

std::vector<std::string> events_of(std::uint64_t first, std::uint64_t count) {
  std::vector<std::string> events;
  for (std::uint64_t n = first; n < first + count; ++n) events.push_back(event_of(n));
  return events;
}

struct LogstashSink : ::testing::Test {
  ~LogstashSink() override {
    EXPECT_EQ(logstash.complaints, std::vector<std::string>());
    house.deliveries.cancel();
    house.nursery.cancel();
    house.clock.settle();
  }

  std::unique_ptr<sinks::Sink> make(sinks::logstash::Settings settings = {}) {
    if (settings.hosts.empty()) settings.hosts = {first_host};
    if (!std::exchange(is_running, true)) house.nursery.start(logstash.run());
    return sinks::logstash::make(house.tools, std::move(settings));
  }
  // "" when all arrived.
  std::string deliver(sinks::Sink& sink, std::vector<telemetry::BatchPointer> batches) {
    const auto outcome = house.deliver(sink, std::move(batches), 1h);
    if (!outcome) return "still going on";
    return *outcome ? "" : outcome->error().what;
  }

  House house;
  bool is_running = false;
  FakeLogstash logstash{house.streams, first_host};
};

}  // namespace

TEST_F(LogstashSink, SendsEachRecordWithItsIdInWindowsPackedOrNot) {
  for (const int compress : {0, 3}) {
    sinks::logstash::Settings settings;
    settings.compress = compress;
    settings.window = 2;
    logstash.events.clear();
    logstash.windows.clear();
    const auto sink = make(settings);
    EXPECT_EQ(deliver(*sink, {numbered(0, 3), numbered(3, 2)}), "");
    EXPECT_EQ(logstash.events, events_of(0, 5));
    EXPECT_EQ(logstash.windows, (std::vector<std::uint32_t>{2, 2, 1})) << "a window crosses batches";
  }
}

TEST_F(LogstashSink, KeepsItsConnectionAndMakesAnotherWhenItWasClosedMeanwhile) {
  const auto sink = make();
  EXPECT_EQ(deliver(*sink, {numbered(0, 1)}), "");
  EXPECT_EQ(deliver(*sink, {numbered(1, 1)}), "");
  EXPECT_EQ(house.streams.connections(first_host), 1u);
  house.streams.tear(first_host);
  EXPECT_EQ(deliver(*sink, {numbered(2, 1)}), "")
      << "Logstash closes those that lie idle: no trouble of ours";
  EXPECT_EQ(house.streams.connections(first_host), 2u);
  EXPECT_EQ(logstash.events, events_of(0, 3));
}

TEST_F(LogstashSink, WhatIsAcknowledgedIsNotSentAgainThoughTheRestWasTorn) {
  const auto sink = make();
  logstash.answer = [](net::Stream& client, std::uint32_t) -> core::Task<bool> {
    (void)co_await FakeLogstash::say(client, ack(1));
    (void)co_await FakeLogstash::say(client, ack(3));
    co_return false;
  };
  const auto first = numbered(0, 2), second = numbered(2, 3);
  EXPECT_EQ(deliver(*sink, {first, second}),
            "cannot deliver to a:5044: it closed the connection when 3 of 5 records were acknowledged");
  EXPECT_EQ(sink->written_of(first), 2u);
  EXPECT_EQ(sink->written_of(second), 1u);
  EXPECT_TRUE(house.shows(
      R"(outrider_logstash_failures_total{host="a:5044",reason="lost",sink="logstash a:5044"} 1)"))
      << house.metrics();
  logstash.events.clear();
  logstash.answer = FakeLogstash::take_all;
  EXPECT_EQ(deliver(*sink, {first, second, numbered(5, 1)}), "");
  EXPECT_EQ(logstash.events, events_of(3, 3));
  EXPECT_TRUE(house.shows(R"(outrider_logstash_resent_records_total{sink="logstash a:5044"} 2)"));
}

TEST_F(LogstashSink, KeepAlivesHoldTheConnectionWhileThePipelineBehindItIsBlocked) {
  const auto sink = make();
  logstash.answer = [this](net::Stream& client, std::uint32_t window) -> core::Task<bool> {
    for (int i = 0; i < 20; ++i) {
      co_await house.clock.sleep(20s);
      (void)co_await FakeLogstash::say(client, ack(0));
    }
    co_return co_await FakeLogstash::take_all(client, window);
  };
  EXPECT_FALSE(house.deliver(*sink, {numbered(0, 2)}, 2min));
  EXPECT_TRUE(house.shows(R"(outrider_logstash_blocked{sink="logstash a:5044"} 1)"));
  house.clock.advance(10min);
  ASSERT_TRUE(house.outcome && *house.outcome);
  EXPECT_TRUE(house.shows(R"(outrider_logstash_blocked{sink="logstash a:5044"} 0)"));
  EXPECT_TRUE(house.shows(R"(outrider_logstash_keep_alives_total{sink="logstash a:5044"} 20)"));
  EXPECT_EQ(logstash.windows.size(), 1u) << "it was sent once";
}

TEST_F(LogstashSink, ButNotForEver) {
  const auto sink = make();
  logstash.answer = [this](net::Stream& client, std::uint32_t) -> core::Task<bool> {
    for (;;) {
      co_await house.clock.sleep(20s);
      const bool heard = co_await FakeLogstash::say(client, ack(0));
      if (!heard) co_return false;
    }
  };
  EXPECT_EQ(deliver(*sink, {numbered(0, 2)}),
            "cannot deliver to a:5044: it says that it is alive, and has taken nothing for 10m");
}

TEST_F(LogstashSink, SilenceIsNoKeepAlive) {
  const auto sink = make();
  logstash.answer = [this](net::Stream&, std::uint32_t) -> core::Task<bool> {
    co_await house.clock.sleep(10min);
    co_return false;
  };
  EXPECT_EQ(deliver(*sink, {numbered(0, 2)}),
            "cannot deliver to a:5044: cannot read from a:5044: nothing came within 30s");
}

TEST_F(LogstashSink, WhoSpeaksSomethingElseIsToldApart) {
  const auto sink = make();
  logstash.answer = [](net::Stream& client, std::uint32_t window) -> core::Task<bool> {
    co_return co_await FakeLogstash::say(client, ack(window + 1));
  };
  EXPECT_EQ(deliver(*sink, {numbered(0, 2)}),
            "cannot deliver to a:5044: 3 records were acknowledged where 2 had been sent");
  logstash.answer = [](net::Stream& client, std::uint32_t) -> core::Task<bool> {
    co_return co_await FakeLogstash::say(client, "HTTP/1.1 400 Bad Request\r\n\r\n");
  };
  EXPECT_NE(deliver(*sink, {numbered(0, 2)}).find("no acknowledgement of Lumberjack 2: 48"),
            std::string::npos);
  EXPECT_TRUE(house.shows(
      R"(outrider_logstash_failures_total{host="a:5044",reason="protocol",sink="logstash a:5044"} 2)"));
}

TEST_F(LogstashSink, AnotherHostTakesOverWithWhatIsLeftAndTheDeadOneIsLeftAlone) {
  FakeLogstash other(house.streams, second_host);
  house.nursery.start(other.run());
  sinks::logstash::Settings settings;
  settings.hosts = {first_host, second_host};
  const auto sink = make(settings);
  while (house.streams.connections(first_host) == 0) {  // it begins with either
    other.answer = [](net::Stream&, std::uint32_t) -> core::Task<bool> { co_return false; };
    EXPECT_EQ(deliver(*sink, {numbered(0, 1)}), "");
  }
  other.answer = FakeLogstash::take_all;
  other.events.clear();
  house.clock.advance(10min);
  logstash.answer = [](net::Stream& client, std::uint32_t) -> core::Task<bool> {
    (void)co_await FakeLogstash::say(client, ack(1));
    co_return false;
  };
  EXPECT_EQ(deliver(*sink, {numbered(0, 3)}), "") << "the second host took the rest in the same delivery";
  EXPECT_EQ(other.events, events_of(2, 1))
      << "one went over the connection that was kept, one over a new one";
  house.streams.close(second_host);
  house.streams.close(first_host);
  const auto before = house.streams.connections(first_host);
  EXPECT_NE(deliver(*sink, {numbered(3, 1)}), "");
  EXPECT_EQ(house.streams.connections(first_host), before);
}

TEST_F(LogstashSink, ACancelledDeliveryLeavesTheSinkAsGoodAsBefore) {
  const auto sink = make();
  logstash.answer = [this](net::Stream& client, std::uint32_t) -> core::Task<bool> {
    (void)co_await FakeLogstash::say(client, ack(1));
    co_await house.clock.sleep(1h);
    co_return false;
  };
  const auto batch = numbered(0, 3);
  house.begin(*sink, {batch});
  house.clock.advance(1s);
  house.deliveries.cancel();
  house.clock.settle();
  EXPECT_EQ(house.deliveries.size(), 0u);
  EXPECT_EQ(sink->written_of(batch), 1u);
}

TEST_F(LogstashSink, WhatIsNoDocumentIsRefusedAndTheRestGoes) {
  const auto sink = make();
  const auto outcome = house.deliver(*sink, {batch_of({"no", "{\"a\":1}", "{}", "[1]"})});
  ASSERT_TRUE(outcome && *outcome);
  ASSERT_EQ((*outcome)->refused.size(), 2u);
  EXPECT_EQ((*outcome)->refused[0].record, 0u);
  EXPECT_EQ((*outcome)->refused[1].record, 3u);
  ASSERT_EQ(logstash.events.size(), 2u);
  EXPECT_TRUE(logstash.events[1].starts_with("{\"@metadata\":{")) << logstash.events[1];
}

TEST_F(LogstashSink, SpeaksTlsAsToldTo) {
  sinks::logstash::Settings settings;
  settings.tls = net::TlsTrust{"/ca.pem", "/own.pem", "/own.key", "logstash", true};
  const auto sink = make(settings);
  EXPECT_EQ(deliver(*sink, {numbered(0, 1)}), "");
  ASSERT_TRUE(house.streams.trust_shown(first_host));
  EXPECT_EQ(house.streams.trust_shown(first_host)->certificate, "/own.pem");
}

TEST(Acknowledgements, AreReadInPiecesOfAnySize) {
  const std::string bytes = ack(0) + ack(2) + ack(1) + ack(5);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    AckReader reader;
    reader.expect(5);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(reader.take(std::string_view(bytes).substr(at, piece)));
    }
    EXPECT_EQ(reader.acknowledged(), 5u);
    EXPECT_EQ(reader.keep_alives(), 2u) << "0, and what was known";
  }
}
