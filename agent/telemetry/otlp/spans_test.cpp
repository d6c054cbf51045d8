#include "agent/telemetry/otlp/spans.hpp"

#include "agent/telemetry/otlp/answer.hpp"
#include "agent/telemetry/otlp/testing.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace outrider::telemetry::otlp {
namespace {

using namespace testing;

constexpr std::string_view good_trace = "0123456789abcdef";

std::vector<std::uint64_t> all_of(const Portions& portions) {
  std::vector<std::uint64_t> numbers;
  for (const Portion& portion : portions.list) {
    const auto some = numbers_of(portion.bytes);
    EXPECT_EQ(some.size(), portion.spans);
    numbers.insert(numbers.end(), some.begin(), some.end());
  }
  return numbers;
}

std::vector<std::uint64_t> count(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> all(to - from);
  std::iota(all.begin(), all.end(), from);
  return all;
}

TEST(OtlpSpans, ARequestThatIsSmallAndWholeGoesOnAsItCame) {
  const std::string request = numbered_request(1, 10) + field(77, "of a newer version");
  const auto portions = portions_of(request, 1 << 20);
  ASSERT_TRUE(portions);
  ASSERT_EQ(portions->list.size(), 1u);
  EXPECT_EQ(portions->list[0].bytes.data(), request.data()) << "not copied";
  EXPECT_EQ(portions->list[0].bytes.size(), request.size());
  EXPECT_EQ(portions->list[0].spans, 10u);
}

TEST(OtlpSpans, ARequestWithoutSpansIsNothing) {
  for (const std::string& empty : {std::string(), request_of({}), field(1, "")}) {
    const auto portions = portions_of(empty, 1 << 20);
    ASSERT_TRUE(portions);
    EXPECT_TRUE(portions->list.empty());
  }
}

TEST(OtlpSpans, ALargeRequestIsCutAndEachPartHasItsResourceAndScope) {
  const std::string request = numbered_request(1, 1000) + numbered_request(1001, 5);
  const auto portions = portions_of(request, 4096);
  ASSERT_TRUE(portions);
  EXPECT_GT(portions->list.size(), 10u);
  EXPECT_EQ(all_of(*portions), count(1, 1006));
  for (const Portion& portion : portions->list) {
    EXPECT_LE(portion.bytes.size(), 4096u + 512u);
    for (const std::string& resource : fields_of(portion.bytes, 1)) {
      EXPECT_EQ(fields_of(resource, 1), fields_of(fields_of(request, 1)[0], 1));
      EXPECT_EQ(fields_of(resource, 3), Payloads{"https://resource.example"});
      for (const std::string& scope : fields_of(resource, 2)) {
        EXPECT_EQ(fields_of(scope, 1), Payloads{field(1, "tests")});
        EXPECT_EQ(fields_of(scope, 3), Payloads{"https://scope.example"});
      }
    }
  }
}

TEST(OtlpSpans, TwoRequestsOneBehindTheOtherAreOne) {
  const auto seen = survey(numbered_request(1, 3) + numbered_request(4, 4));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->good, 7u);
}

TEST(OtlpSpans, ABrokenSpanIsLeftOutAndTheOthersStay) {
  const std::vector<std::pair<std::string, std::string_view>> broken{
      {span_with("short", id_of(9)), "trace_id"},
      {span_with(std::string(16, '\0'), id_of(9)), "trace_id"},
      {span_with(good_trace, "1234567"), "span_id"},
      {span_with(good_trace, std::string(8, '\0')), "span_id"},
      {span_with(good_trace, id_of(9), field(4, "parent")), "parent_span_id"},
      {std::string(), "trace_id"},
      // The number of a field with another type is another field.
      {std::string("\x08\x05") + field(2, id_of(9)), "trace_id"},
  };
  for (const auto& [bad, why] : broken) {
    const auto portions = portions_of(request_of({span(1), bad, span(2)}), 1 << 20);
    ASSERT_TRUE(portions);
    EXPECT_EQ(portions->survey.broken, 1u);
    EXPECT_EQ(portions->survey.good, 2u);
    EXPECT_NE(portions->survey.why.find(why), std::string_view::npos) << portions->survey.why;
    EXPECT_EQ(all_of(*portions), count(1, 3));
  }
  const auto none = portions_of(request_of({broken[0].first}), 1 << 20);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->list.empty());
}

TEST(OtlpSpans, AParentMayBeLeftOutOrEmpty) {
  const std::string root = span_with(good_trace, id_of(1), field(4, ""));
  const std::string child = span_with(good_trace, id_of(2), field(4, id_of(1)));
  EXPECT_EQ(survey(request_of({root, child}))->good, 2u);
}

TEST(OtlpSpans, WhatIsNoProtobufIsRefused) {
  const std::string request = numbered_request(1, 2);
  std::size_t refused = 0;
  for (std::size_t length = 1; length < request.size(); ++length) {
    if (!survey(request.substr(0, length))) ++refused;
  }
  EXPECT_EQ(refused, request.size() - 1) << "cut anywhere";
  for (const std::string& bad :
       {std::string("hello"), std::string(20, '\xff'), std::string(1, '\0'),
        field(1, field(2, field(2, "\x0a\xff\xff\xff\xff\x0f"))), std::string("\x0b\x0c")}) {
    const auto seen = survey(bad);
    ASSERT_FALSE(seen);
    EXPECT_TRUE(seen.error().what.starts_with("cannot read the request as Protobuf: ")) << seen.error().what;
  }
}

TEST(OtlpSpans, WhatSurroundsSpansIsNotMultiplied) {
  Payloads spans;
  for (std::uint64_t n = 1; n <= 2000; ++n) spans.push_back(span(n));
  const std::string request =
      field(1, field(1, field(1, std::string(100'000, 'x'))) + field(2, scope_of(spans)));
  const auto portions = portions_of(request, 64 * 1024);
  ASSERT_TRUE(portions);
  std::size_t bytes = 0;
  for (const Portion& portion : portions->list) bytes += portion.bytes.size();
  EXPECT_LT(bytes, 3 * request.size());
  EXPECT_EQ(all_of(*portions), count(1, 2001));
}

TEST(OtlpAnswer, IsReadAsItWasWritten) {
  EXPECT_EQ(write_answer({}), "") << "all was taken";
  const auto none = read_answer("");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->rejected, 0u);
  const auto some = read_answer(write_answer({3, "too old"}));
  ASSERT_TRUE(some);
  EXPECT_EQ(some->rejected, 3u);
  EXPECT_EQ(some->why, "too old");
  EXPECT_FALSE(read_answer("<html>"));
  EXPECT_EQ(read_status(write_status(Code::unavailable, "come again")), "come again");
  EXPECT_EQ(read_status("<html>"), "");
}

TEST(OtlpAnswer, SaysAfterHowLongToComeAgain) {
  const std::string asks = write_status(Code::unavailable, "full", std::chrono::seconds(10));
  EXPECT_EQ(read_status(asks), "full");
  EXPECT_EQ(read_retry_info(asks), std::chrono::seconds(10));
  EXPECT_FALSE(read_retry_info(write_status(Code::unavailable, "full")));
  EXPECT_FALSE(read_retry_info("<html>"));
  std::string other;
  protozero::pbf_writer(other).add_message(3, std::string("\x0a\x01x\x12\x02\x0a\x00", 7));
  EXPECT_FALSE(read_retry_info(other)) << "a detail of another kind";
}

}  // namespace
}  // namespace outrider::telemetry::otlp
