// Which version of remote write a receiver gets, and what it says that it has written.
#include "agent/sinks/remote_write/remote_write_sink.hpp"
#include "agent/sinks/testing.hpp"
#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <functional>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using sinks::remote_write::Version;
namespace wire = outrider::telemetry::remote_write;

namespace {

struct RemoteWriteVersion : ::testing::Test {
  RemoteWriteVersion() {
    house.net.add_host("prometheus:9090", [this](const net::Call& call) {
      versions += net::header(call.headers, "X-Prometheus-Remote-Write-Version") == "2.0.0" ? '2' : '1';
      types.emplace_back(net::header(call.headers, "Content-Type"));
      return versions.back() == '2' ? second() : first();
    });
  }
  ~RemoteWriteVersion() override {
    house.deliveries.cancel();
    house.clock.settle();
  }
  void speak(Version version) {
    sinks::PostingSettings settings;
    settings.urls = {"http://prometheus:9090/api/v1/write"};
    sink.reset();  // it takes its gauge along
    sink = sinks::remote_write::make(house.tools, settings, version);
  }
  bool counts(const std::string& name, const std::string& labels, int value) {
    return house.shows("outrider_remote_write_" + name + "{" + labels +
                       "sink=\"remote_write http://prometheus:9090/api/v1/write\"} " + std::to_string(value));
  }

  // A portion of ten samples.
  std::string deliver() {
    telemetry::FamilyWriter writer;
    const auto family = writer.family("g", telemetry::MetricType::gauge, "");
    for (int n = 0; n < 10; ++n) writer.put(family, n, {{"n", std::to_string(n)}});
    wire::PortionWriter written({});
    const std::string packed =
        written.write({std::make_shared<const telemetry::FamilySet>(writer.take())}, 1).at(0).packed;
    auto batch = std::make_shared<telemetry::Batch>(*sinks::testing::batch_of({packed}, 0));
    batch->records[0].count = 10;
    batch->records[0].bytes = 1000;
    const auto outcome = house.deliver(*sink, {batch});
    if (!outcome) return "still going on";
    if (!*outcome) return outcome->error().what + " | " + outcome->error().hint;
    given_up = 0;
    for (const auto& some : (*outcome)->given_up) given_up += some.records;
    return "";
  }
  static net::Response with(int status, net::Headers headers = {}) {
    net::Response response;
    response.status = status;
    response.headers = std::move(headers);
    return response;
  }
  static net::Response wrote(std::uint64_t samples) {
    return with(204, {{"x-prometheus-remote-write-samples-written", std::to_string(samples)}});
  }

  sinks::testing::House house;
  std::unique_ptr<sinks::Sink> sink;
  std::function<net::Response()> first = [] { return with(204); };
  std::function<net::Response()> second = [] { return wrote(10); };
  std::string versions;
  std::vector<std::string> types;
  std::uint64_t given_up = 0;
};

}  // namespace

TEST_F(RemoteWriteVersion, WithoutAWordItIsTheFirst) {
  speak(Version::first);
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(versions, "1");
  EXPECT_EQ(types[0], "application/x-protobuf");
  EXPECT_TRUE(counts("version", "", 1));
}

TEST_F(RemoteWriteVersion, AReceiverOfTheSecondGetsTheSecond) {
  speak(Version::automatic);
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(versions, "22");
  EXPECT_EQ(types[0], "application/x-protobuf;proto=io.prometheus.write.v2.Request");
  EXPECT_TRUE(counts("version", "", 2));
}

TEST_F(RemoteWriteVersion, WhoDoesNotKnowItGetsTheFirstAtOnceAndFromThenOn) {
  // 415 is the protocol's; one of the first version only finds nothing in it, or finds it broken.
  for (const int status : {415, 204, 400}) {
    second = [status] { return with(status); };
    versions.clear();
    speak(Version::automatic);
    EXPECT_EQ(deliver(), "") << status;
    EXPECT_EQ(deliver(), "") << status;
    EXPECT_EQ(versions, "211") << status;
    EXPECT_EQ(given_up, 0u) << "nothing is lost over it";
    EXPECT_EQ(house.log.saying("does not know remote write 2.0").size(), 1u);
    house.log.clear();
  }
}

TEST_F(RemoteWriteVersion, OneThatIsKnownToKnowItIsNotDoubtedForABadSeries) {
  speak(Version::automatic);
  EXPECT_EQ(deliver(), "");
  second = [] { return with(400); };
  EXPECT_EQ(deliver(), "");
  EXPECT_EQ(versions.find('1'), std::string::npos);
  EXPECT_EQ(given_up, 10u) << "looked for one by one, as ever";
  second = [] { return with(415); };
  EXPECT_EQ(deliver(), "") << "it was replaced by an older one";
  EXPECT_EQ(versions.back(), '1');
}

TEST_F(RemoteWriteVersion, WhereItMustBeTheSecondNothingElseIsSent) {
  speak(Version::second);
  second = [] { return with(204); };
  EXPECT_NE(deliver().find("it does not say how much it has written"), std::string::npos);
  second = [] { return with(415); };
  EXPECT_NE(deliver().find("See `version`"), std::string::npos);
  EXPECT_EQ(versions.find('1'), std::string::npos);
}

TEST_F(RemoteWriteVersion, WhatIsNotWrittenIsCounted) {
  speak(Version::second);
  second = [] { return wrote(7); };
  EXPECT_EQ(deliver(), "");
  EXPECT_TRUE(counts("samples_total", "fate=\"unwritten\",", 3));
  EXPECT_TRUE(counts("samples_total", "fate=\"sent\",", 10));
  second = [] { return wrote(10); };
  EXPECT_EQ(deliver(), "");
  EXPECT_TRUE(counts("samples_total", "fate=\"unwritten\",", 3));
}
