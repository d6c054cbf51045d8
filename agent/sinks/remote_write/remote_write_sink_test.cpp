#include "agent/sinks/remote_write/remote_write_sink.hpp"

#include "agent/config/load.hpp"
#include "agent/sinks/testing.hpp"
#include "agent/telemetry/remote_write/testing.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using sinks::Meaning;
namespace wire = outrider::telemetry::remote_write;

namespace {

using Numbers = std::vector<int>;

struct RemoteWrite : ::testing::Test {
  RemoteWrite() {
    house.net.add_host("prometheus:9090", [this](const net::Call& call) { return answer(call); });
    settings.urls = {"http://prometheus:9090/api/v1/write"};
    sink = sinks::remote_write::make(house.tools, settings);
  }
  ~RemoteWrite() override {
    house.deliveries.cancel();
    house.clock.settle();
  }

  net::Response answer(const net::Call& call) {
    ++asked;
    last = call;
    Numbers numbers;
    for (const auto& one : wire::testing::series_in(call.body))
      numbers.push_back(std::stoi(one.labels.at("n")));
    net::Response response = judge(numbers);
    if (response.status < 300)
      for (const int n : numbers) ++taken[n];
    return response;
  }

  // Portions of ten samples: first …
  telemetry::BatchPointer portions(int first, int count) {
    std::vector<std::string> texts;
    for (int portion = 0; portion < count; ++portion) {
      telemetry::FamilyWriter writer;
      const auto family = writer.family("g", telemetry::MetricType::gauge, "");
      for (int n = first + portion * 10; n < first + portion * 10 + 10; ++n)
        writer.put(family, n, {{"n", std::to_string(n)}});
      wire::PortionWriter written({});
      texts.push_back(
          written.write({std::make_shared<const telemetry::FamilySet>(writer.take())}, 1).at(0).packed);
    }
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of(texts, 0));
    for (auto& record : batch->records) {
      record.count = 10;
      record.bytes = 1000;
      record.time = house.clock.wall();
    }
    return batch;
  }

  std::string deliver(std::vector<telemetry::BatchPointer> batches) {
    const auto outcome = house.deliver(*sink, std::move(batches));
    if (!outcome) return "still going on";
    if (!*outcome) return outcome->error().what + " | " + outcome->error().hint;
    receipt = **outcome;
    return "";
  }
  static net::Response with(int status, std::string body = "") {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }
  static bool holds(const Numbers& numbers, int number) {
    return std::ranges::find(numbers, number) != numbers.end();
  }
  bool shows(const std::string& series) { return house.shows(series); }

  sinks::testing::House house;
  sinks::PostingSettings settings;
  std::unique_ptr<sinks::Sink> sink;
  std::function<net::Response(const Numbers&)> judge = [](const Numbers&) { return with(204); };
  int asked = 0;
  net::Call last;
  std::map<int, int> taken;
  sinks::Receipt receipt;
};

}  // namespace

TEST_F(RemoteWrite, PostsAPortionAsItIsWithTheHeadersOfTheProtocol) {
  const auto batch = portions(0, 2);
  EXPECT_EQ(deliver({batch}), "");
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(taken.size(), 20u);
  EXPECT_EQ(last.method, "POST");
  EXPECT_EQ(last.body, batch->records[1].text);
  EXPECT_EQ(net::header(last.headers, "content-type"), "application/x-protobuf");
  EXPECT_EQ(net::header(last.headers, "content-encoding"), "snappy");
  EXPECT_EQ(net::header(last.headers, "x-prometheus-remote-write-version"), "0.1.0");
  EXPECT_EQ(sink->name(), "remote_write http://prometheus:9090/api/v1/write");
}

TEST_F(RemoteWrite, AnswersMeanWhatTheProtocolSaysButForWhatIsOursToMend) {
  const std::vector<std::pair<int, Meaning>> rows{
      {200, Meaning::taken}, {204, Meaning::taken}, {301, Meaning::held},      {400, Meaning::bad},
      {401, Meaning::held},  {403, Meaning::held},  {404, Meaning::held},      {405, Meaning::held},
      {408, Meaning::again}, {409, Meaning::bad},   {413, Meaning::too_large}, {415, Meaning::held},
      {422, Meaning::bad},   {429, Meaning::again}, {500, Meaning::again},     {503, Meaning::again}};
  for (const auto& [status, meaning] : rows)
    EXPECT_EQ(sinks::remote_write::meaning_of(status), meaning) << status;
}

TEST_F(RemoteWrite, WhatHasArrivedIsNotSentAgainWhenTheRestFails) {
  const auto batch = portions(0, 5);
  judge = [](const Numbers& numbers) { return with(holds(numbers, 25) ? 503 : 204); };
  EXPECT_NE(deliver({batch}), "");
  EXPECT_EQ(sink->written_of(batch), 2u);
  house.clock.advance(1min);
  judge = [](const Numbers&) { return with(204); };
  EXPECT_EQ(deliver({batch, portions(50, 1)}), "");
  EXPECT_EQ(taken.size(), 60u);
  EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& one) { return one.second == 1; }));
}

TEST_F(RemoteWrite, TheSeriesThatARefusalMeansIsFoundDroppedAndCountedAndTheRestArrives) {
  const auto batch = portions(0, 3);
  judge = [](const Numbers& numbers) { return with(holds(numbers, 17) ? 400 : 204, "out of order"); };
  EXPECT_EQ(deliver({batch}), "");
  EXPECT_EQ(taken.size(), 29u);
  EXPECT_FALSE(taken.contains(17));
  ASSERT_EQ(receipt.given_up.size(), 1u);
  EXPECT_EQ(receipt.given_up[0].batch, batch.get());
  EXPECT_EQ(receipt.given_up[0].records, 1u);
  EXPECT_EQ(receipt.given_up[0].bytes, 100u);
  EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& one) { return one.second == 1; }));
  EXPECT_EQ(house.log.count(core::Level::warn), 1u) << house.log.text();
}

TEST_F(RemoteWrite, ALookForTheSeriesThatIsInterruptedGoesOnWhereItWas) {
  const auto batch = portions(0, 1);
  int left = 3;
  judge = [&left](const Numbers& numbers) {
    if (left-- == 0) return with(503);
    return with(holds(numbers, 9) ? 400 : 204);
  };
  EXPECT_NE(deliver({batch}), "");
  house.clock.advance(1min);
  EXPECT_EQ(deliver({batch}), "");
  EXPECT_EQ(taken.size(), 9u);
  EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& one) { return one.second == 1; }));
  EXPECT_EQ(receipt.given_up.at(0).records, 1u);
}

TEST_F(RemoteWrite, WhoRefusesAllOfItIsNotAskedForEachAndHoldsUpNothing) {
  judge = [](const Numbers&) { return with(400, "too old"); };
  EXPECT_EQ(deliver({portions(0, 3)}), "");
  EXPECT_EQ(receipt.given_up.at(0).records, 30u);
  EXPECT_TRUE(taken.empty());
}

TEST_F(RemoteWrite, WhoMayNotWriteThereKeepsItAndSaysSo) {
  for (const int status : {401, 403, 404, 302}) {
    judge = [status](const Numbers&) { return with(status); };
    const std::string said = deliver({portions(0, 1)});
    EXPECT_NE(said.find("it answered " + std::to_string(status)), std::string::npos) << said;
    house.clock.advance(2min);
  }
}

TEST_F(RemoteWrite, WhatIsTooLargeGoesInHalves) {
  judge = [](const Numbers& numbers) { return with(numbers.size() > 3 ? 413 : 204); };
  EXPECT_EQ(deliver({portions(0, 1)}), "");
  EXPECT_EQ(taken.size(), 10u);
  EXPECT_TRUE(receipt.given_up.empty());
}

TEST_F(RemoteWrite, ShowsHowOldTheOldestIsThatHasNotArrived) {
  const auto batch = portions(0, 1);
  judge = [](const Numbers&) { return with(503); };
  house.clock.advance(90s);
  EXPECT_NE(deliver({batch}), "");
  const std::string behind =
      "outrider_remote_write_behind_seconds{sink=\"remote_write http://prometheus:9090/api/v1/write\"} ";
  EXPECT_NE(house.metrics().find(behind + "90."), std::string::npos) << house.metrics();
  EXPECT_TRUE(
      shows("outrider_remote_write_receiver_up{receiver=\"http://prometheus:9090/api/v1/write\",sink="
            "\"remote_write http://prometheus:9090/api/v1/write\"} 0"))
      << house.metrics();
  house.clock.advance(1min);
  judge = [](const Numbers&) { return with(204); };
  EXPECT_EQ(deliver({batch}), "");
  EXPECT_TRUE(shows(behind + "0")) << house.metrics();
}
