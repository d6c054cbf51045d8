#include "agent/sinks/otlp/otlp_sink.hpp"

#include "agent/config/load.hpp"
#include "agent/net/gzip.hpp"
#include "agent/sinks/testing.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/testing.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry::otlp::testing;
using namespace std::chrono_literals;
using sinks::Meaning;
namespace wire = outrider::telemetry::otlp;

namespace {

using Numbers = std::vector<std::uint64_t>;

// A receiver that keeps what it takes, and answers as the test says.
struct OtlpSink : ::testing::Test {
  OtlpSink() {
    house.net.add_host("jaeger:4318", [this](const net::Call& call) { return answer(call); });
    settings.urls = {sinks::otlp::traces_url("http://jaeger:4318")};
  }
  ~OtlpSink() override {
    house.deliveries.cancel();
    house.clock.settle();
  }

  net::Response answer(const net::Call& call) {
    ++asked;
    last = call;
    std::string body = call.body;
    if (net::header(call.headers, "content-encoding") == "gzip") body = *net::gunzip(body, 1 << 26);
    const Numbers numbers = numbers_of(body);
    net::Response response = judge(numbers);
    if (response.status < 300) taken.insert(taken.end(), numbers.begin(), numbers.end());
    return response;
  }

  // Requests of `spans` each.
  static telemetry::BatchPointer requests(std::uint64_t first, std::uint64_t count, std::uint64_t spans) {
    std::vector<std::string> texts;
    for (std::uint64_t n = 0; n < count; ++n) texts.push_back(numbered_request(first + n * spans, spans));
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of(texts, first));
    for (auto& record : batch->records) record.count = static_cast<std::uint32_t>(spans);
    return batch;
  }
  std::string deliver(sinks::Sink& sink, std::vector<telemetry::BatchPointer> batches) {
    const auto outcome = house.deliver(sink, std::move(batches));
    if (!outcome) return "still going on";
    if (!*outcome) return outcome->error().what + " | " + outcome->error().hint;
    for (const auto& it : (*outcome)->refused)
      refused.emplace_back(numbers_of(it.batch->records[it.record].text), it.why);
    return "";
  }
  static net::Response with(int status, std::string body = "") {
    net::Response response;
    response.status = status;
    response.headers = {{"Content-Type", "application/x-protobuf"}};
    response.body = std::move(body);
    return response;
  }
  static Numbers count(std::uint64_t first, std::uint64_t last) {
    Numbers all(last - first + 1);
    std::iota(all.begin(), all.end(), first);
    return all;
  }

  sinks::testing::House house;
  sinks::PostingSettings settings;
  std::function<net::Response(const Numbers&)> judge = [](const Numbers&) { return with(200); };
  int asked = 0;
  net::Call last;
  Numbers taken;
  std::vector<std::pair<Numbers, std::string>> refused;
};

bool holds(const Numbers& numbers, std::uint64_t number) {
  return std::ranges::find(numbers, number) != numbers.end();
}

}  // namespace

TEST_F(OtlpSink, SendsManyRequestsAsOneWithTheBytesThatTheyHad) {
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(sink->name(), "otlp http://jaeger:4318/v1/traces");
  const auto batch = requests(1, 3, 10);
  EXPECT_EQ(deliver(*sink, {batch, requests(31, 1, 5)}), "");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(taken, count(1, 35));
  EXPECT_EQ(last.path, "/v1/traces");
  EXPECT_EQ(net::header(last.headers, "content-type"), "application/x-protobuf");
  EXPECT_TRUE(last.body.starts_with(batch->records[0].text));
}

TEST_F(OtlpSink, PacksTheBodyWhenToldTo) {
  settings.gzip = true;
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 10, 10)}), "");
  EXPECT_EQ(net::header(last.headers, "content-encoding"), "gzip");
  EXPECT_EQ(taken, count(1, 100));
}

TEST(OtlpAnswers, MeanWhatTheProtocolSays) {
  const std::vector<std::pair<int, Meaning>> rows{
      {200, Meaning::taken}, {202, Meaning::taken},     {301, Meaning::held}, {400, Meaning::bad},
      {401, Meaning::held},  {403, Meaning::held},      {404, Meaning::held}, {405, Meaning::held},
      {408, Meaning::bad},   {413, Meaning::too_large}, {415, Meaning::held}, {422, Meaning::bad},
      {429, Meaning::again}, {500, Meaning::bad},       {501, Meaning::bad},  {502, Meaning::again},
      {503, Meaning::again}, {504, Meaning::again},     {505, Meaning::bad}};
  for (const auto& [status, meaning] : rows) EXPECT_EQ(sinks::otlp::meaning_of(status), meaning) << status;
}

TEST_F(OtlpSink, IsLeftAloneForAsLongAsItAsks) {
  judge = [](const Numbers&) {
    net::Response response = with(503, wire::write_status(wire::Code::unavailable, "full"));
    response.headers.emplace_back("Retry-After", "60");
    return response;
  };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 1, 1)}),
            "cannot deliver to http://jaeger:4318/v1/traces: it answered 503: full | it asks to be left "
            "alone for 1m");
  house.clock.advance(30s);
  EXPECT_NE(deliver(*sink, {requests(1, 1, 1)}).find("left alone for "), std::string::npos);
  EXPECT_EQ(asked, 1);
  house.clock.advance(31s);
  judge = [](const Numbers&) { return with(200); };
  EXPECT_EQ(deliver(*sink, {requests(1, 1, 1)}), "");
}

TEST_F(OtlpSink, TheRequestThatARefusalMeansIsFoundAndTheRestArrives) {
  judge = [](const Numbers& numbers) {
    return holds(numbers, 35) ? with(400, wire::write_status(wire::Code::invalid_argument, "bad name"))
                              : with(200);
  };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 10, 10)}), "");
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].first, count(31, 40)) << "with the spans that came with it";
  EXPECT_EQ(refused[0].second, "it answered 400: bad name");
  EXPECT_EQ(taken.size(), 90u);
}

TEST_F(OtlpSink, WhoRejectsAllOfARequestIsNotAskedAgain) {
  judge = [](const Numbers& numbers) { return with(200, wire::write_answer({numbers.size(), "too old"})); };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 4, 10)}), "");
  EXPECT_EQ(asked, 1);
  ASSERT_EQ(refused.size(), 4u);
  EXPECT_EQ(refused[3].second, "it rejected all of it: too old");
}

TEST_F(OtlpSink, WhoRejectsSomeHasTakenTheRestAndIsTold) {
  judge = [](const Numbers&) { return with(200, wire::write_answer({3, "too old"})); };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 4, 10)}), "");
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(refused.empty());
  EXPECT_TRUE(
      house.shows(R"(outrider_otlp_sink_rejected_spans_total{sink="otlp http://jaeger:4318/v1/traces"} 3)"));
}

TEST_F(OtlpSink, WhatIsTooLargeIsHalved) {
  judge = [](const Numbers& numbers) { return with(numbers.size() > 50 ? 413 : 200); };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 32, 10)}), "");
  EXPECT_EQ(taken, count(1, 320));
}

TEST_F(OtlpSink, WhatIsOursToMendIsHeldAndSaid) {
  const auto sink = sinks::otlp::make(house.tools, settings);
  for (const auto& [status, word] : {std::pair{401, "bearer"}, {404, "4318"}, {415, "Protobuf"}}) {
    judge = [status = status](const Numbers&) { return with(status); };
    const std::string said = deliver(*sink, {requests(1, 5, 1)});
    EXPECT_NE(said.find(word), std::string::npos) << said;
  }
  EXPECT_TRUE(refused.empty());
}

struct SeveralReceivers : OtlpSink {
  SeveralReceivers() {
    settings.urls = {"http://jaeger:4318/v1/traces", "http://other:4318/v1/traces"};
    open_other();
    sink = sinks::otlp::make(house.tools, settings);
  }
  void open_other() {
    house.net.add_host(other, [this](const net::Call& call) { return answer(call); });
  }
  // So many requests, each by itself; how long they took.
  core::Duration send(std::uint64_t count) {
    const core::Instant begun = house.clock.now();
    for (std::uint64_t n = 0; n < count; ++n) EXPECT_EQ(deliver(*sink, {requests(next++, 1, 1)}), "");
    return house.clock.now() - begun;
  }

  static constexpr const char* other = "other:4318";
  std::unique_ptr<sinks::Sink> sink;
  std::uint64_t next = 1;
};

TEST_F(SeveralReceivers, ShareTheLoad) {
  EXPECT_EQ(sink->name(), "otlp http://jaeger:4318/v1/traces, http://other:4318/v1/traces");
  send(10);
  EXPECT_EQ(taken, count(1, 10));
  EXPECT_EQ(house.net.asked(other), 5u);
}

TEST_F(SeveralReceivers, OneThatIsAwayLosesItsShareAndComesBackByItself) {
  house.net.remove_host(other);
  send(10);
  EXPECT_EQ(taken.size(), 10u);
  EXPECT_LE(house.net.asked(other), 3u) << "it rests";
  EXPECT_EQ(house.log.saying("A receiver fails").size(), 1u);
  EXPECT_TRUE(house.shows("outrider_otlp_sink_receiver_up{receiver=\"http://other:4318/v1/traces\",sink=\"" +
                          sink->name() + "\"} 0"));
  open_other();
  house.clock.advance(2min);
  const std::uint64_t before = house.net.asked(other);
  send(10);
  EXPECT_EQ(house.net.asked(other) - before, 5u);
  EXPECT_EQ(house.log.saying("A receiver takes again").size(), 1u);
}

TEST_F(SeveralReceivers, OneThatIsSilentHoldsUpTheOthersOnceAndThenHardly) {
  house.net.set_fault(other, {net::Trouble::hang});
  send(2);
  house.clock.advance(2min);
  EXPECT_LT(send(4), 2s) << "not the thirty seconds that an answer may take";
  EXPECT_EQ(taken.size(), 6u);
}

TEST_F(SeveralReceivers, OneThatWillNotHaveUsDoesNotHoldWhatOthersTake) {
  house.net.add_host(other, [](const net::Call&) { return with(401); });
  send(6);
  EXPECT_EQ(taken.size(), 6u);
}

TEST_F(SeveralReceivers, WhenAllAreAwayThatIsSaid) {
  house.net.remove_host(other);
  house.net.remove_host("jaeger:4318");
  EXPECT_NE(deliver(*sink, {requests(1, 1, 1)}).find("Connection refused"), std::string::npos);
}

TEST(OtlpUrl, IsTheReceiversOrTheWholePath) {
  using sinks::otlp::traces_url;
  EXPECT_EQ(traces_url("http://jaeger:4318"), "http://jaeger:4318/v1/traces");
  EXPECT_EQ(traces_url("http://jaeger:4318/"), "http://jaeger:4318/v1/traces");
  EXPECT_EQ(traces_url("https://c.example/otlp"), "https://c.example/otlp/v1/traces");
  EXPECT_EQ(traces_url("https://c.example/v1/traces"), "https://c.example/v1/traces");
  EXPECT_EQ(traces_url("https://c.example/in?key=1"), "https://c.example/in?key=1");
}

TEST(SinkShelf, ReadsTheKeysOfOtlp) {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  ASSERT_EQ(shelf.for_traces().size(), 1u);
  const auto& kind = shelf.for_traces().front().kind;
  for (const char* good :
       {R"("http://a:4318")", R"({url: "https://a", gzip: true, tls: {}, timeout: 5s})",
        R"({url: "http://a", headers: {X-A: b}, batch_bytes: 4MiB, buffer: 1MiB})",
        R"({url: "http://a", bearer: {env: HOME}})", R"("grpc://a:4317")", R"("grpcs://a")",
        R"({url: "grpcs://a:443", tls: {}, gzip: true, headers: {X-A: b}})",
        R"({urls: ["grpc://a", "grpc://b:5"]})", R"({urls: ["http://a"]})"}) {
    EXPECT_TRUE(config::load_text("t", good, kind).value) << good;
  }
  for (const char* bad :
       {R"("ftp://a")", "{}", R"({url: "http://a", tls: {}})", R"({url: "http://a", method: PUT})",
        R"({url: "http://a", bearer: t})", R"("grpc://a/v1/traces")", R"({url: "grpc://a", tls: {}})",
        R"({url: "grpc://a", headers: {Grpc-Timeout: 1S}})",
        R"({url: "grpc://a", headers: {Content-Type: text/plain}})", R"({urls: []})",
        R"({urls: ["grpc://a", "http://b"]})", R"({urls: ["grpc://a", "grpc://a"]})",
        R"({url: "grpc://a", urls: ["grpc://b"]})"}) {
    EXPECT_FALSE(config::load_text("t", bad, kind).value) << bad;
  }
}
