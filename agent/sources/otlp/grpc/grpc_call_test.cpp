#include "agent/sources/otlp/grpc/grpc_call.hpp"

#include "agent/seal/digest.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources::otlp;
using namespace std::chrono_literals;

namespace {

net::Call call_with(std::string body) {
  net::Call call;
  call.method = "POST";
  call.path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  call.headers = {{"content-type", "application/grpc"}, {"te", "trailers"}};
  call.body = std::move(body);
  return call;
}
std::string status_of(const net::H2Reply& reply) {
  return std::string(net::header(reply.trailers, "grpc-status"));
}

}  // namespace

TEST(GrpcCall, IsWhatItWouldBeOverHttp) {
  net::Call call = call_with(std::string("\0\0\0\0\x03", 5) + "abc");
  EXPECT_FALSE(unwrap(call));
  EXPECT_EQ(call.body, "abc");
  EXPECT_EQ(net::header(call.headers, "content-type"), "application/x-protobuf");
  EXPECT_EQ(net::header(call.headers, "content-encoding"), "");
  net::Call packed = call_with(std::string("\1\0\0\0\x03", 5) + "abc");
  packed.headers.emplace_back("grpc-encoding", "gzip");
  EXPECT_FALSE(unwrap(packed));
  EXPECT_EQ(net::header(packed.headers, "content-encoding"), "gzip");
}

TEST(GrpcCall, WhatIsNoneHearsWhatIsWrong) {
  for (const std::string& body :
       {std::string(), std::string("abc"), std::string("\0\0\0\0\x04", 5) + "abc",
        std::string("\0\0\0\0\x02", 5) + "abc", std::string("\0\xff\xff\xff\xff", 5)}) {
    net::Call call = call_with(body);
    const auto refused = unwrap(call);
    ASSERT_TRUE(refused);
    EXPECT_EQ(status_of(*refused), "3");
  }
  net::Call packed = call_with(std::string("\1\0\0\0\0", 5));
  packed.headers.emplace_back("grpc-encoding", "zstd");
  EXPECT_EQ(status_of(*unwrap(packed)), "12");
  net::Call page = call_with("");
  EXPECT_TRUE(is_grpc(page));
  page.headers = {{"content-type", "text/html"}};
  EXPECT_FALSE(is_grpc(page));
}

TEST(GrpcCall, AnswersInAFrameWithItsStatusBehind) {
  const net::H2Reply taken = grpc_answer({});
  EXPECT_EQ(taken.body, std::string(5, '\0'));
  EXPECT_EQ(status_of(taken), "0");
  Verdict partial;
  partial.partial = {2, "why"};
  EXPECT_EQ(telemetry::otlp::read_answer(grpc_answer(partial).body.substr(5))->rejected, 2u);
}

TEST(GrpcCall, ARefusalForNowSaysWhenToComeAgain) {
  const Verdict verdict{Refusal{503, telemetry::otlp::Code::unavailable, "100 % used\n"}, 10s};
  const net::H2Reply reply = grpc_answer(verdict);
  EXPECT_TRUE(reply.body.empty());
  EXPECT_EQ(status_of(reply), "14");
  EXPECT_EQ(net::header(reply.trailers, "grpc-message"), "100 %25 used%0A");
  const auto details =
      seal::decode(net::header(reply.trailers, "grpc-status-details-bin"), seal::Letters::base64);
  ASSERT_TRUE(details);
  EXPECT_NE(details->find("type.googleapis.com/google.rpc.RetryInfo"), std::string::npos);
  EXPECT_TRUE(details->ends_with(std::string("\x0a\x02\x08\x0a"))) << "ten seconds";
  const Verdict for_good{Refusal{400, telemetry::otlp::Code::invalid_argument, "no"}};
  EXPECT_EQ(net::header(grpc_answer(for_good).trailers, "grpc-status-details-bin"), "");
}

TEST(GrpcCall, KnowsHowLongItsSenderWaits) {
  const auto timeout = [](const std::string& text) {
    net::Call call;
    call.headers = {{"grpc-timeout", text}};
    return grpc_timeout(call);
  };
  EXPECT_EQ(timeout("10S"), 10s);
  EXPECT_EQ(timeout("250m"), 250ms);
  EXPECT_EQ(timeout("2M"), 2min);
  for (const char* bad : {"", "S", "10", "1x", "-1S", "1234567890S"}) {
    EXPECT_FALSE(timeout(bad)) << bad;
  }
}
