// The otlp sink against a gRPC receiver.
#include "agent/net/gzip.hpp"
#include "agent/net/h2/grpc.hpp"
#include "agent/net/h2/service.hpp"
#include "agent/seal/digest.hpp"
#include "agent/sinks/otlp/otlp_sink.hpp"
#include "agent/sinks/testing.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/testing.hpp"
#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry::otlp::testing;
using namespace std::chrono_literals;
namespace wire = outrider::telemetry::otlp;

namespace {

using Numbers = std::vector<std::uint64_t>;

constexpr const char* address = "jaeger:4317";

net::H2Reply status(int code, const std::string& why = "", core::Duration come_again = {}) {
  net::H2Reply reply;
  reply.headers = {{"content-type", "application/grpc"}};
  reply.trailers = {{"grpc-status", std::to_string(code)}, {"grpc-message", net::grpc_text(why)}};
  if (come_again > 0s) {
    const std::string details = wire::write_status(static_cast<wire::Code>(code), why, come_again);
    reply.trailers.emplace_back("grpc-status-details-bin", seal::encode(details, seal::Letters::base64));
  }
  return reply;
}
net::H2Reply taken_but(const wire::PartialSuccess& partial) {
  net::H2Reply reply = status(0);
  const std::string message = wire::write_answer(partial);
  reply.body = net::grpc_prefix(message.size(), false) + message;
  return reply;
}

struct OtlpGrpcSink : ::testing::Test {
  OtlpGrpcSink() {
    settings.urls = {"grpc://jaeger:4317"};
    house.streams.listen(address);
    house.nursery.start(accept(*this));
  }
  ~OtlpGrpcSink() override {
    house.deliveries.cancel();
    house.nursery.cancel();
    house.clock.settle();
  }

  core::Task<net::H2Reply> answer(net::Call& call) {
    ++asked;
    last = call;
    const auto message = net::read_grpc_message(call.body);
    std::string body(message ? message->bytes : "");
    if (message && message->is_packed) body = *net::gunzip(body, 1 << 26);
    const Numbers numbers = numbers_of(body);
    net::H2Reply reply = judge(numbers);
    if (net::header(reply.trailers, "grpc-status") == "0")
      taken.insert(taken.end(), numbers.begin(), numbers.end());
    co_return reply;
  }
  static core::Task<void> accept(OtlpGrpcSink& of) {
    for (;;) {
      auto stream = co_await of.house.streams.accept(address);
      of.house.nursery.start(serve(of, std::move(stream)));
    }
  }
  static core::Task<void> serve(OtlpGrpcSink& of, std::unique_ptr<net::Stream> stream) {
    auto serving = of.service.serve(*stream);
    co_await std::move(serving);
  }

  static telemetry::BatchPointer requests(std::uint64_t first, std::uint64_t count, std::uint64_t spans) {
    std::vector<std::string> texts;
    for (std::uint64_t n = 0; n < count; ++n) texts.push_back(numbered_request(first + n * spans, spans));
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of(texts, first));
    for (auto& record : batch->records) record.count = static_cast<std::uint32_t>(spans);
    return batch;
  }
  // Two samples of each counter.
  static telemetry::BatchPointer portions_of(const std::vector<std::string>& counters) {
    std::vector<std::string> texts;
    for (const std::string& name : counters) {
      telemetry::FamilyWriter out;
      const auto family = out.family(name, telemetry::MetricType::counter, "Done.");
      for (int n = 0; n < 2; ++n) out.put(family, n, {{"n", std::to_string(n)}});
      telemetry::remote_write::PortionWriter writer({});
      const auto set = std::make_shared<const telemetry::FamilySet>(out.take());
      texts.push_back(writer.write({set}, 1'700'000'000'000).at(0).packed);
    }
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of(texts, 0));
    for (auto& record : batch->records) record.count = 2;
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
  static Numbers count(std::uint64_t first, std::uint64_t last) {
    Numbers all(last - first + 1);
    std::iota(all.begin(), all.end(), first);
    return all;
  }

  sinks::testing::House house;
  sinks::PostingSettings settings;
  std::function<net::H2Reply(const Numbers&)> judge = [](const Numbers&) { return taken_but({}); };
  net::H2Service service{house.loop.get_executor(), house.clock, house.log, net::H2Limits(),
                         [this](net::Call& call, net::H2Trouble) { return answer(call); }};
  int asked = 0;
  net::Call last;
  Numbers taken;
  std::vector<std::pair<Numbers, std::string>> refused;
};

}  // namespace

TEST_F(OtlpGrpcSink, SendsManyRequestsAsOneCallOverOneConnection) {
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(sink->name(), "otlp grpc://jaeger:4317");
  EXPECT_EQ(deliver(*sink, {requests(1, 3, 10), requests(31, 1, 5)}), "");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(deliver(*sink, {requests(36, 1, 5)}), "");
  EXPECT_EQ(taken, count(1, 40));
  EXPECT_EQ(house.streams.connections(address), 1u);
  EXPECT_EQ(last.path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
  EXPECT_EQ(net::header(last.headers, "content-type"), "application/grpc");
  EXPECT_EQ(net::header(last.headers, "te"), "trailers");
  EXPECT_EQ(net::header(last.headers, "grpc-timeout"), "30000m");
  EXPECT_EQ(net::header(last.headers, "grpc-encoding"), "");
}

TEST_F(OtlpGrpcSink, PacksTheMessageAndSendsWhatProvesWhoWeAre) {
  settings.gzip = true;
  settings.headers = {{"X-Scope-OrgID", config::Secret("school")}};
  settings.authorization = config::Secret("Bearer token");
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 10, 10)}), "");
  EXPECT_EQ(taken, count(1, 100));
  EXPECT_EQ(net::header(last.headers, "grpc-encoding"), "gzip");
  EXPECT_EQ(net::header(last.headers, "content-encoding"), "");
  EXPECT_EQ(net::header(last.headers, "x-scope-orgid"), "school");
  EXPECT_EQ(net::header(last.headers, "authorization"), "Bearer token");
}

TEST_F(OtlpGrpcSink, OverTlsItShowsWhatItWasToldAndAsksForHttp2) {
  settings.urls = {"grpcs://jaeger"};
  settings.tls = net::TlsTrust{"/ca.pem", "/own.pem", "/own.key", "", true};
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 1, 1)}), "");
  const auto& shown = house.streams.trust_shown(address);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->certificate, "/own.pem");
  EXPECT_TRUE(shown->wants_http2);
}

TEST_F(OtlpGrpcSink, IsLeftAloneForAsLongAsItAsks) {
  judge = [](const Numbers&) { return status(8, "over quota", 60s); };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(
      deliver(*sink, {requests(1, 1, 1)}),
      "cannot deliver to grpc://jaeger:4317: it answered RESOURCE_EXHAUSTED: over quota | it asks to be "
      "left alone for 1m");
  house.clock.advance(30s);
  EXPECT_NE(deliver(*sink, {requests(1, 1, 1)}).find("left alone for "), std::string::npos);
  EXPECT_EQ(asked, 1);
  house.clock.advance(31s);
  judge = [](const Numbers&) { return taken_but({}); };
  EXPECT_EQ(deliver(*sink, {requests(1, 1, 1)}), "");
}

TEST_F(OtlpGrpcSink, TheRequestThatARefusalMeansIsFoundAndTheRestArrives) {
  judge = [](const Numbers& numbers) {
    const bool is_meant = std::ranges::find(numbers, 35u) != numbers.end();
    return is_meant ? status(3, "bad name") : taken_but({});
  };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 10, 10)}), "");
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].first, count(31, 40)) << "with the spans that came with it";
  EXPECT_EQ(refused[0].second, "it answered INVALID_ARGUMENT: bad name");
  EXPECT_EQ(taken.size(), 90u);
}

TEST_F(OtlpGrpcSink, WhatIsTooLargeIsHalved) {
  judge = [](const Numbers& numbers) {
    return numbers.size() > 50 ? status(8, "grpc: received message larger than max (6 vs. 5)")
                               : taken_but({});
  };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 32, 10)}), "");
  EXPECT_EQ(taken, count(1, 320));
  EXPECT_EQ(house.streams.connections(address), 1u);
}

TEST_F(OtlpGrpcSink, WhoRejectsSomeOrAllIsNotAskedAgain) {
  judge = [](const Numbers&) { return taken_but({3, "too old"}); };
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_EQ(deliver(*sink, {requests(1, 4, 10)}), "");
  EXPECT_TRUE(refused.empty());
  EXPECT_TRUE(house.shows(R"(outrider_otlp_sink_rejected_spans_total{sink="otlp grpc://jaeger:4317"} 3)"));
  judge = [](const Numbers& numbers) { return taken_but({numbers.size(), "too old"}); };
  EXPECT_EQ(deliver(*sink, {requests(41, 4, 10)}), "");
  EXPECT_EQ(asked, 2);
  ASSERT_EQ(refused.size(), 4u);
  EXPECT_EQ(refused[3].second, "it rejected all of it: too old");
}

TEST_F(OtlpGrpcSink, WhatIsOursToMendIsHeldAndSaid) {
  const auto sink = sinks::otlp::make(house.tools, settings);
  for (const auto& [code, word] : {std::pair{16, "bearer"}, {7, "bearer"}, {12, "4317"}}) {
    judge = [code = code](const Numbers&) { return status(code, "no"); };
    const std::string said = deliver(*sink, {requests(1, 5, 1)});
    EXPECT_NE(said.find(word), std::string::npos) << said;
  }
  EXPECT_TRUE(refused.empty());
}

TEST_F(OtlpGrpcSink, AReceiverThatIsAwayIsUnreachable) {
  house.streams.close(address);
  const auto sink = sinks::otlp::make(house.tools, settings);
  EXPECT_NE(deliver(*sink, {requests(1, 1, 1)}).find("Connection refused"), std::string::npos);
  EXPECT_TRUE(house.shows(
      R"(outrider_otlp_sink_requests_total{answer="unreachable",sink="otlp grpc://jaeger:4317"} 1)"));
}

TEST_F(OtlpGrpcSink, SamplesGoToTheServiceOfMetricsAPortionACall) {
  const auto sink = sinks::otlp::make_for_metrics(house.tools, settings);
  EXPECT_EQ(sink->name(), "otlp_metrics grpc://jaeger:4317");
  const telemetry::BatchPointer portions = portions_of({"jobs_total", "waits_total"});
  judge = [this](const Numbers&) { return asked == 2 ? taken_but({1, "too old"}) : taken_but({}); };
  EXPECT_EQ(deliver(*sink, {portions}), "");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(last.path, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
  EXPECT_NE(last.body.find("waits_total"), std::string::npos);
  EXPECT_TRUE(
      house.shows(R"(outrider_otlp_sink_rejected_points_total{sink="otlp_metrics grpc://jaeger:4317"} 1)"));
  judge = [](const Numbers&) { return status(14, "restarting"); };
  EXPECT_NE(deliver(*sink, {portions}), "") << "for now only";
  judge = [](const Numbers&) { return status(3, "no"); };
  EXPECT_EQ(deliver(*sink, {portions}), "");
  EXPECT_TRUE(refused.empty()) << "nothing of samples is parked";
}
