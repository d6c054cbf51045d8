#include "agent/pipeline/follow/following.hpp"

#include "agent/os/sim_clock.hpp"
#include "agent/pipeline/follow/testing.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace outrider::pipeline {
namespace {

TEST(TraceNamedIn, IsTheDocumentsOwnAndNoOther) {
  const auto named = [](const char* document) {
    const auto key = trace_named_in(document);
    return key ? std::pair(key->high, key->low) : std::pair(std::uint64_t{0}, std::uint64_t{0});
  };
  const std::pair<std::uint64_t, std::uint64_t> none{0, 0}, one{0x0af7651916cd43dd, 0x8448eb211c80319c};
  EXPECT_EQ(named(R"({"message":"m","trace.id":"0af7651916cd43dd8448eb211c80319c"})"), one);
  EXPECT_EQ(named(R"({"message":"m","trace.id":"0AF7651916CD43DD8448EB211C80319C"})"), one);
  EXPECT_EQ(named(R"({"message":"\"trace.id\":\"0af7651916cd43dd8448eb211c80319c\""})"), none);
  EXPECT_EQ(named(R"({"message":"m","other":{"trace.id":"0af7651916cd43dd8448eb211c80319c"}})"), none);
  EXPECT_EQ(named(R"({"trace.id":"0af7651916cd43dd8448eb211c80319"})"), none);
  EXPECT_EQ(named(R"({"trace.id":"0af7651916cd43dd8448eb211c80319x"})"), none);
  EXPECT_EQ(named(R"({"trace.id":"-af7651916cd43dd8448eb211c80319c"})"), none);
  EXPECT_EQ(named(R"({"trace.id":42})"), none);
  EXPECT_EQ(named("no document"), none);
}

struct SplitHouse {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  ::prometheus::Registry registry;
  Following following{clock, registry, {}};
  follow_testing::ToldTraces traces;

  SplitHouse() { following.follow(&traces); }

  // The numbers of what goes on, and of what waits.
  std::pair<std::string, std::string> split(bool has_room) {
    static constexpr std::string_view texts[] = {
        R"({"message":"1","trace.id":"00000000000000000000000000000001"})",
        R"({"message":"2","trace.id":"00000000000000000000000000000002"})",
        R"({"message":"3","trace.id":"00000000000000000000000000000003"})", R"({"message":"4"})"};
    telemetry::Batch batch;
    for (const std::string_view text : texts) {
      telemetry::Record record;
      record.text = text;
      record.severity = telemetry::Severity::debug;
      record.bytes = 10;
      batch.records.push_back(record);
    }
    batch.records.push_back(batch.records.front());
    batch.records.back().severity = telemetry::Severity::error;
    const Following::Split split = following.split(std::move(batch), has_room);
    let_go = split.let_go.records;
    return {numbers(split.onward), numbers(split.held)};
  }
  static std::string numbers(const telemetry::Batch& batch) {
    std::string all;
    for (const telemetry::Record& record : batch.records) all += record.text.substr(12, 1);
    return all;
  }
  std::uint64_t let_go = 0;
};

TEST(Following, LinesOfOtherLevelsAndWithoutATraceNeverWait) {
  SplitHouse house;
  EXPECT_EQ(house.split(true), std::pair(std::string("41"), std::string("123")));
  EXPECT_EQ(house.let_go, 0u);
}

TEST(Following, LinesThatComeAfterTheVerdictFollowItAtOnceWhenItIsOnTheDisk) {
  SplitHouse house;
  house.traces.judge(1, true);
  house.traces.judge(2, false);
  EXPECT_EQ(house.split(true), std::pair(std::string("41"), std::string("123"))) << "it may yet be lost";
  EXPECT_EQ(house.let_go, 0u);
  house.traces.written.merge(house.traces.news);
  house.traces.news.clear();
  EXPECT_EQ(house.split(true), std::pair(std::string("141"), std::string("3")));
  EXPECT_EQ(house.let_go, 1u);
}

TEST(Following, WithoutRoomNothingWaits) {
  SplitHouse house;
  EXPECT_EQ(house.split(false), std::pair(std::string("12341"), std::string()));
}

}  // namespace
}  // namespace outrider::pipeline
