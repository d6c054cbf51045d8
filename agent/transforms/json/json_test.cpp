#include "agent/transforms/json/json.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

const core::Resource resource{.service = "tests-api",
                              .namespace_ = "school",
                              .version = "1.4.2",
                              .environment = "production",
                              .instance = "",
                              .host = "node-1"};

const std::string ours =
    ",\"service.name\":\"tests-api\",\"service.namespace\":\"school\",\"service.version\":\"1.4.2\","
    "\"service.environment\":\"production\",\"host.name\":\"node-1\",\"stream\":\"stdout\",\"log."
    "generation\":3,"
    "\"log.offset\":42";

struct Out {
  std::string text;
  telemetry::Severity severity;
};

Out through(transforms::Transform& transform, std::string_view line, std::uint8_t marks = 0) {
  telemetry::Batch batch;
  batch.stream = "child output";
  telemetry::Record record;
  record.text = line;
  record.origin = {3, 42};
  record.time = core::WallTime(1795260363512ms);
  record.marks = marks;
  batch.records.push_back(record);
  transform.apply(batch);
  EXPECT_EQ(batch.records.size(), 1u);
  return {std::string(batch.records[0].text), batch.records[0].severity};
}

}  // namespace

TEST(Json, TakesLevelMessageAndTimeAndKeepsTheRestDigitForDigit) {
  const auto transform = transforms::json::make(resource);
  const Out out = through(
      *transform,
      R"({"ts":"2026-11-21T11:00:00Z","level":"WARN","n":1.0000000000000000001,"msg":"a \"b\" \u00e9","o":{"x":[1]}})");
  EXPECT_EQ(out.text,
            R"({"@timestamp":"2026-11-21T11:00:00.000Z","log.level":"warn","message":"a \"b\" \u00e9",)"
            R"("n":1.0000000000000000001,"o":{"x":[1]})" +
                ours + "}");
  EXPECT_EQ(out.severity, telemetry::Severity::warn);
}

TEST(Json, WhatIsNoJsonObjectPassesWholeAndMarked) {
  const auto transform = transforms::json::make(resource);
  const std::string head = R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":)";
  EXPECT_EQ(through(*transform, "panic: \"x\"\tat\x01").text,
            head + R"("panic: \"x\"\tat\u0001")" + ours + R"(,"log.flags":["not_json"]})");
  EXPECT_EQ(through(*transform, "[1]").text, head + "\"[1]\"" + ours + R"(,"log.flags":["not_json"]})");
  EXPECT_EQ(through(*transform, "").text, head + "\"\"" + ours + R"(,"log.flags":["not_json"]})");
  EXPECT_EQ(through(*transform, "{}", telemetry::mark_cut).text,
            head + "\"{}\"" + ours + R"(,"log.flags":["cut","not_json"]})");
}

TEST(Json, WhatItCannotUseStaysAField) {
  const auto transform = transforms::json::make(resource);
  const std::string head = R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":)";
  EXPECT_EQ(through(*transform, R"({"level":30,"time":"noon","message":{"a":1},"msg":"m"})").text,
            head + R"("m","level":30,"time":"noon","original.message":{"a":1})" + ours + "}");
  EXPECT_EQ(through(*transform, "{}").text, head + "\"\"" + ours + "}");
}

TEST(Json, AKeyIsNeverThereTwice) {
  const auto transform = transforms::json::make(resource);
  const std::string text =
      through(*transform, R"({"msg":"m","stream":"mine","service.name":"own","a":1,"a":2,"log.offset":7})")
          .text;
  EXPECT_NE(text.find("\"original.stream\":\"mine\""), std::string::npos);
  EXPECT_NE(text.find("\"original.log.offset\":7"), std::string::npos);
  EXPECT_EQ(text.find("\"a\":1"), std::string::npos);
  EXPECT_NE(text.find("\"a\":2"), std::string::npos);
  EXPECT_NE(text.find("\"service.name\":\"own\""), std::string::npos);
  EXPECT_EQ(text.find("\"service.name\":\"tests-api\""), std::string::npos);
}

TEST(Json, AHalfOfASurrogatePairIsMendedSoThatEveryReaderTakesTheDocument) {
  const auto transform = transforms::json::make(resource);
  const Out out = through(*transform, R"({"msg":"cut \ud83d","ok":["\ud83d\ude00","\udc00\ud800\\ud800"]})");
  EXPECT_NE(out.text.find(R"("message":"cut \ufffd")"), std::string::npos) << out.text;
  EXPECT_NE(out.text.find(R"(["\ud83d\ude00","\ufffd\ufffd\\ud800"])"), std::string::npos) << out.text;
}

TEST(Json, AKeySpeltWithEscapesIsTheSameKey) {
  const auto transform = transforms::json::make(resource);
  const Out out = through(*transform, R"({"m\u0073g":"hello","str\u0065am":"x","a\"b":1})");
  EXPECT_NE(out.text.find(R"("message":"hello","original.stream":"x","a\"b":1)"), std::string::npos)
      << out.text;
}
