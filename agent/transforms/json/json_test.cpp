#include "agent/transforms/json/json.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
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
    "\"service.environment\":\"production\",\"host.name\":\"node-1\",\"event.dataset\":\"tests-api\","
    "\"stream\":\"stdout\",\"log.generation\":3,\"log.offset\":42";

const std::string problem = ",\"error.message\":\"it is not one JSON object\"";

// One line, the first of a chain of its own.
std::string through(std::string_view line, std::uint8_t marks = 0) {
  return Flow(plan_with(transforms::json::make), resource)(line, marks);
}

}  // namespace

TEST(Json, TakesLevelMessageAndTimeAndKeepsTheRestDigitForDigit) {
  const std::string out = through(
      R"({"ts":"2026-11-21T11:00:00Z","level":"WARN","n":1.0000000000000000001,"msg":"a \"b\" \u00e9","o":{"x":[1]}})");
  EXPECT_EQ(out, R"({"@timestamp":"2026-11-21T11:00:00.000Z","log.level":"warn","message":"a \"b\" \u00e9",)"
                 R"("n":1.0000000000000000001,"o":{"x":[1]})" +
                     ours + "}");
}

TEST(Json, WhatIsNoJsonObjectPassesWholeAndMarked) {
  const std::string head = R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":)";
  EXPECT_EQ(through("panic: \"x\"\tat\x01"),
            head + R"("panic: \"x\"\tat\u0001")" + problem + ours + R"(,"log.flags":["unparsed"]})");
  EXPECT_EQ(through("[1]"), head + "\"[1]\"" + problem + ours + R"(,"log.flags":["unparsed"]})");
  EXPECT_EQ(through(""), head + "\"\"" + problem + ours + R"(,"log.flags":["unparsed"]})");
  EXPECT_EQ(through("{}", telemetry::mark_cut),
            head + R"("{}","error.message":"it is longer than a line may be")" + ours +
                R"(,"log.flags":["cut","unparsed"]})");
}

TEST(Json, WhatItCannotUseStaysAField) {
  const std::string head = R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":)";
  EXPECT_EQ(through(R"({"level":30,"time":"noon","message":{"a":1},"msg":"m"})"),
            head + R"("m","level":30,"time":"noon","original.message":{"a":1})" + ours + "}");
  EXPECT_EQ(through("{}"), head + "\"\"" + ours + "}");
}

TEST(Json, AKeyIsNeverThereTwice) {
  const std::string text =
      through(R"({"msg":"m","stream":"mine","service.name":"own","a":1,"a":2,"log.offset":7})");
  EXPECT_NE(text.find("\"original.stream\":\"mine\""), std::string::npos);
  EXPECT_NE(text.find("\"original.log.offset\":7"), std::string::npos);
  EXPECT_EQ(text.find("\"a\":1"), std::string::npos);
  EXPECT_NE(text.find("\"a\":2"), std::string::npos);
  EXPECT_NE(text.find("\"service.name\":\"own\""), std::string::npos);
  EXPECT_EQ(text.find("\"service.name\":\"tests-api\""), std::string::npos);
}

TEST(Json, AHalfOfASurrogatePairIsMendedSoThatEveryReaderTakesTheDocument) {
  const std::string out = through(R"({"msg":"cut \ud83d","ok":["\ud83d\ude00","\udc00\ud800\\ud800"]})");
  EXPECT_NE(out.find(R"("message":"cut \ufffd")"), std::string::npos) << out;
  EXPECT_NE(out.find(R"(["\ud83d\ude00","\ufffd\ufffd\\ud800"])"), std::string::npos) << out;
}

TEST(Json, AKeySpeltWithEscapesIsTheSameKey) {
  const std::string out = through(R"({"m\u0073g":"hello","str\u0065am":"x","a\"b":1})");
  EXPECT_NE(out.find(R"("message":"hello","original.stream":"x","a\"b":1)"), std::string::npos) << out;
}

TEST(Json, TheTraceIsNamedAsEverybodyNamesIt) {
  const std::string out = through(
      R"({"msg":"m","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","trace_id":"?"})");
  EXPECT_EQ(value_in(out, "trace.id"), "\"4bf92f3577b34da6a3ce929d0e0e4736\"");
  EXPECT_EQ(value_in(out, "span.id"), "\"00f067aa0ba902b7\"");
  EXPECT_EQ(value_in(out, "trace_id"), "\"?\"") << "what is no id stays what it is";
  EXPECT_EQ(value_in(through(R"({"span_id":"0000000000000000"})"), "span.id"), "") << "no id either";
}
