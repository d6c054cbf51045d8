// Samples as metrics over OTLP.
#include "agent/sinks/otlp/otlp_sink.hpp"
#include "agent/sinks/testing.hpp"
#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <functional>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

struct OtlpMetricsSink : ::testing::Test {
  OtlpMetricsSink() {
    house.net.add_host("collector:4318", [this](const net::Call& call) {
      last = call;
      ++asked;
      return answer();
    });
    sinks::PostingSettings settings;
    settings.urls = {sinks::otlp::metrics_url("http://collector:4318/")};
    sink = sinks::otlp::make_for_metrics(house.tools, settings);
  }
  ~OtlpMetricsSink() override {
    house.deliveries.cancel();
    house.clock.settle();
  }

  // So many portions of ten samples.
  std::string deliver(int portions) {
    std::vector<std::string> texts;
    for (int portion = 0; portion < portions; ++portion) {
      telemetry::FamilyWriter out;
      const auto family = out.family("jobs_total", telemetry::MetricType::counter, "Done.");
      for (int n = 0; n < 10; ++n) out.put(family, n, {{"n", std::to_string(portion * 10 + n)}});
      telemetry::remote_write::PortionWriter writer({});
      texts.push_back(
          writer.write({std::make_shared<const telemetry::FamilySet>(out.take())}, 1'700'000'000'000)
              .at(0)
              .packed);
    }
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of(texts, 0));
    for (auto& record : batch->records) {
      record.count = 10;
      record.bytes = 1000;
    }
    const auto outcome = house.deliver(*sink, {batch});
    if (!outcome) return "still going on";
    if (!*outcome) return outcome->error().what;
    EXPECT_TRUE((*outcome)->refused.empty()) << "nothing of samples is parked";
    given_up = 0;
    for (const auto& some : (*outcome)->given_up) given_up += some.records;
    return "";
  }
  static net::Response with(int status, std::string body = "") {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  sinks::testing::House house;
  std::unique_ptr<sinks::Sink> sink;
  std::function<net::Response()> answer = [] { return with(200); };
  net::Call last;
  int asked = 0;
  std::uint64_t given_up = 0;
};

}  // namespace

TEST_F(OtlpMetricsSink, EachPortionIsARequest) {
  EXPECT_EQ(deliver(3), "");
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(last.path, "/v1/metrics");
  EXPECT_EQ(net::header(last.headers, "content-type"), "application/x-protobuf");
  EXPECT_NE(last.body.find("jobs_total"), std::string::npos);
  EXPECT_EQ(sink->name(), "otlp_metrics http://collector:4318/v1/metrics");
  EXPECT_EQ(sink->appetite_bytes(), 1u) << "one batch after the other";
  EXPECT_EQ(given_up, 0u);
}

TEST_F(OtlpMetricsSink, WhatIsRefusedIsGivenUpAndTheRestGoes) {
  answer = [this] { return with(asked == 2 ? 400 : 200); };
  EXPECT_EQ(deliver(3), "");
  EXPECT_EQ(given_up, 10u);
  answer = [] { return with(503); };
  EXPECT_NE(deliver(1), "") << "for now only";
}

TEST_F(OtlpMetricsSink, WhatTheReceiverLeavesOutIsCounted) {
  answer = [] { return with(200, telemetry::otlp::write_answer({4, "too old"})); };
  EXPECT_EQ(deliver(1), "");
  EXPECT_TRUE(house.shows(
      "outrider_otlp_sink_rejected_points_total{sink=\"otlp_metrics http://collector:4318/v1/metrics\"} 4"))
      << house.metrics();
  EXPECT_EQ(house.log.saying("The receiver has taken metrics, and complains").size(), 1u);
}
