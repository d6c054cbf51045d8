#include "agent/sinks/otlp/grpc/grpc_answer.hpp"

#include "agent/seal/digest.hpp"
#include "agent/sinks/otlp/grpc/grpc_client.hpp"
#include "agent/telemetry/otlp/answer.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using sinks::Meaning;
using sinks::Posted;
namespace wire = outrider::telemetry::otlp;

namespace {

net::Response answer_with(net::Headers headers, int status = 200) {
  net::Response answer;
  answer.status = status;
  answer.headers = std::move(headers);
  return answer;
}
Posted posted(const net::Response& answer) { return sinks::otlp::posted_over_grpc(answer, core::WallTime()); }

std::string details(core::Duration come_again, bool is_padded) {
  const std::string status = wire::write_status(wire::Code::resource_exhausted, "x", come_again);
  std::string text = seal::encode(status, seal::Letters::base64);
  while (!is_padded && text.ends_with('=')) text.pop_back();
  return text;
}

}  // namespace

TEST(OtlpOverGrpc, StatusesMeanWhatTheProtocolSays) {
  const std::vector<std::pair<int, Meaning>> rows{
      {0, Meaning::taken}, {1, Meaning::again}, {2, Meaning::bad},    {3, Meaning::bad},
      {4, Meaning::again}, {5, Meaning::bad},   {6, Meaning::bad},    {7, Meaning::held},
      {8, Meaning::bad},   {9, Meaning::bad},   {10, Meaning::again}, {11, Meaning::again},
      {12, Meaning::held}, {13, Meaning::bad},  {14, Meaning::again}, {15, Meaning::again},
      {16, Meaning::held}, {17, Meaning::bad}};
  for (const auto& [status, meaning] : rows)
    EXPECT_EQ(sinks::otlp::meaning_of_grpc(status, false, ""), meaning) << status;
}

TEST(OtlpOverGrpc, ExhaustedIsTriedAgainOnlyWhenItSaysWhen) {
  using sinks::otlp::meaning_of_grpc;
  EXPECT_EQ(meaning_of_grpc(8, true, "over quota"), Meaning::again);
  EXPECT_EQ(meaning_of_grpc(8, false, "over quota"), Meaning::bad);
  // As grpc-go, grpc-java and we say it.
  for (const char* why :
       {"grpc: received message larger than max (5 vs. 4)", "gRPC message exceeds maximum size 4: 5",
        "cannot take it: it is larger than `most_request`"})
    EXPECT_EQ(meaning_of_grpc(8, false, why), Meaning::too_large) << why;
}

TEST(OtlpOverGrpc, TheWishToBeLeftAloneIsReadPaddedAndNot) {
  for (const core::Duration wish : {core::Duration(7s), core::Duration(300s)}) {
    for (const bool is_padded : {true, false}) {
      const Posted said =
          posted(answer_with({{"grpc-status", "8"}, {"grpc-status-details-bin", details(wish, is_padded)}}));
      EXPECT_EQ(said.meaning, Meaning::again);
      EXPECT_EQ(said.come_again, wish);
    }
  }
  EXPECT_FALSE(posted(answer_with({{"grpc-status", "14"}, {"grpc-status-details-bin", "@@"}})).come_again);
}

TEST(OtlpOverGrpc, ItsWordsAreShownInOneLine) {
  const Posted said = posted(answer_with({{"grpc-status", "3"}, {"grpc-message", "no name%0Ain it: 5 %25"}}));
  EXPECT_EQ(said.said, "it answered INVALID_ARGUMENT: no name in it: 5 %");
  EXPECT_EQ(posted(answer_with({{"grpc-status", "13"}})).said, "it answered INTERNAL");
  EXPECT_NE(posted(answer_with({{"grpc-status", "16"}})).trouble.hint.find("bearer"), std::string::npos);
}

TEST(OtlpOverGrpc, WhatIsNoGrpcParksNothingThatIsNotMeant) {
  EXPECT_EQ(posted(answer_with({})).meaning, Meaning::held);
  EXPECT_EQ(posted(answer_with({}, 204)).meaning, Meaning::held) << "nothing says that it was taken";
  EXPECT_EQ(posted(answer_with({{"grpc-status", "nine"}})).meaning, Meaning::held);
  EXPECT_EQ(posted(answer_with({}, 404)).meaning, Meaning::held);
  EXPECT_EQ(posted(answer_with({}, 401)).meaning, Meaning::held);
  EXPECT_EQ(posted(answer_with({}, 413)).meaning, Meaning::too_large);
  const Posted busy = posted(answer_with({{"retry-after", "9"}}, 503));
  EXPECT_EQ(busy.meaning, Meaning::again);
  EXPECT_EQ(busy.come_again, 9s);
}

TEST(OtlpOverGrpc, AnAddressHasAPort) {
  using sinks::otlp::grpc_address;
  EXPECT_EQ(grpc_address("grpc://jaeger"), "jaeger:4317");
  EXPECT_EQ(grpc_address("grpcs://collector.example:443"), "collector.example:443");
  EXPECT_EQ(grpc_address("grpc://[::1]"), "[::1]:4317");
  EXPECT_EQ(grpc_address("grpc://[::1]:5"), "[::1]:5");
  EXPECT_TRUE(sinks::otlp::is_grpc("grpcs://a"));
  EXPECT_FALSE(sinks::otlp::is_grpc("http://a"));
}
