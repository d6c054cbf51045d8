#include "agent/sources/otlp/json/json_request.hpp"

#include "agent/sources/otlp/taking/request.hpp"
#include "agent/telemetry/otlp/testing.hpp"

#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::telemetry::otlp::testing;
using outrider::sources::otlp::log_request_in_json;
using outrider::sources::otlp::trace_request_in_json;

namespace {

core::Outcome<std::string> protobuf_of(std::string_view json) {
  return sources::otlp::protobuf_of(json, trace_request_in_json());
}
std::string in_request(const std::string& span) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + span + "]}]}]}";
}
// Of the only span.
std::string converted(const std::string& span) {
  const auto request = protobuf_of(in_request(span));
  EXPECT_TRUE(request) << span;
  if (!request) return {};
  const Payloads spans = spans_of(*request);
  return spans.size() == 1 ? spans[0] : "";
}
std::string varint_field(std::uint32_t number, std::int64_t value) {
  std::string out;
  protozero::pbf_writer(out).add_int64(number, value);
  return out;
}
std::string attribute(const std::string& value) {
  return converted(R"({"attributes":[{"key":"k","value":)" + value + "}]}");
}
std::string attribute_is(const std::string& value) { return field(9, field(1, "k") + field(2, value)); }

}  // namespace

TEST(OtlpJson, AWholeRequestBecomesTheSameInProtobuf) {
  const auto request = protobuf_of(R"({"resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "api"}}]},
    "schemaUrl": "https://resource.example",
    "scopeSpans": [{
      "scope": {"name": "tests", "version": "1"},
      "spans": [{"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "eee19b7ec3c1b174", "parentSpanId": "",
                 "name": "a \"span\"", "kind": 2, "flags": 257,
                 "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": 1544712661000000000,
                 "events": [{"timeUnixNano": "1", "name": "e"}],
                 "links": [{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}],
                 "status": {"code": 2, "message": "no"}, "ofTheFuture": [1, {"a": null}]}]
    }]}]})");
  ASSERT_TRUE(request) << request.error().what;
  const std::string trace("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c", 16);
  const std::string id("\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74", 8);
  const std::string resource = fields_of(*request, 1).at(0);
  EXPECT_EQ(fields_of(resource, 1).at(0), field(1, field(1, "service.name") + field(2, field(1, "api"))));
  EXPECT_EQ(fields_of(resource, 3), Payloads{"https://resource.example"});
  const std::string scope = fields_of(resource, 2).at(0);
  EXPECT_EQ(fields_of(scope, 1).at(0), field(1, "tests") + field(2, "1"));
  const std::string span = fields_of(scope, 2).at(0);
  std::string times;
  protozero::pbf_writer writer(times);
  writer.add_fixed32(16, 257);
  writer.add_fixed64(7, 1544712660000000000);
  writer.add_fixed64(8, 1544712661000000000);
  std::string event_time;
  protozero::pbf_writer(event_time).add_fixed64(1, 1);
  EXPECT_EQ(span, field(1, trace) + field(2, id) + field(4, "") + field(5, "a \"span\"") +
                      varint_field(6, 2) + times + field(11, event_time + field(2, "e")) +
                      field(13, field(1, trace) + field(2, id)) +
                      field(15, varint_field(3, 2) + field(2, "no")));
}

TEST(OtlpJson, ALogRecordBecomesTheSameInProtobuf) {
  const auto request = sources::otlp::protobuf_of(R"({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
    "timeUnixNano": "1544712660000000000", "observedTimeUnixNano": "1544712661000000000", "severityNumber": 10,
    "severityText": "INFO2", "body": {"stringValue": "paid"}, "droppedAttributesCount": 2, "flags": 1,
    "attributes": [{"key": "n", "value": {"intValue": "7"}}],
    "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "eventName": "order.paid"}]}]}]})",
                                                  log_request_in_json());
  ASSERT_TRUE(request) << request.error().what;
  std::string log;
  protozero::pbf_writer writer(log);
  writer.add_fixed64(1, 1544712660000000000);
  writer.add_fixed64(11, 1544712661000000000);
  log += varint_field(2, 10) + field(3, "INFO2") + field(5, field(1, "paid")) + varint_field(7, 2);
  protozero::pbf_writer(log).add_fixed32(8, 1);
  log += field(6, field(1, "n") + field(2, varint_field(3, 7)));
  log += field(9, std::string_view("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c", 16));
  log += field(10, std::string_view("\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74", 8)) + field(12, "order.paid");
  EXPECT_EQ(spans_of(*request), Payloads{log});
}

TEST(OtlpJson, EveryKindOfValueKeepsWhatItIs) {
  EXPECT_EQ(attribute(R"({"stringValue":"Zo\u00eb"})"), attribute_is(field(1, "Zoë")));
  EXPECT_EQ(attribute(R"({"stringValue":""})"), attribute_is(field(1, "")));
  EXPECT_EQ(attribute(R"({"boolValue":false})"), attribute_is(std::string("\x10\x00", 2)));
  EXPECT_EQ(attribute(R"({"intValue":"-7"})"), attribute_is(varint_field(3, -7)));
  EXPECT_EQ(attribute(R"({"intValue":9223372036854775807})"),
            attribute_is(varint_field(3, std::numeric_limits<std::int64_t>::max())));
  const auto real = [](double value) {
    std::string out;
    protozero::pbf_writer(out).add_double(4, value);
    return out;
  };
  EXPECT_EQ(attribute(R"({"doubleValue":1.5e3})"), attribute_is(real(1500)));
  EXPECT_EQ(attribute(R"({"doubleValue":"-Infinity"})"),
            attribute_is(real(-std::numeric_limits<double>::infinity())));
  EXPECT_EQ(attribute(R"({"bytesValue":"aGk="})"), attribute_is(field(7, "hi")));
  EXPECT_EQ(attribute(R"({"bytesValue":"aGk"})"), attribute_is(field(7, "hi")));
  EXPECT_EQ(attribute(R"({"arrayValue":{"values":[{"intValue":1},{}]}})"),
            attribute_is(field(5, field(1, varint_field(3, 1)) + field(1, ""))));
  EXPECT_EQ(attribute(R"({"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}})"),
            attribute_is(field(6, field(1, field(1, "a") + field(2, std::string("\x10\x01", 2))))));
}

TEST(OtlpJson, WhatIsWrittenWronglyIsNamed) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"{", "as JSON"},
      {"[]", "as JSON"},
      {R"({"resourceSpans":{}})", "`resourceSpans` must be a list"},
      {R"({"resourceSpans":["a"]})", "`resourceSpans` must be an object"},
      {in_request(R"({"kind":"SERVER"})"), "`kind` must be a whole number"},
      {in_request(R"({"startTimeUnixNano":"-1"})"), "`startTimeUnixNano` must be a whole number"},
      {in_request(R"({"startTimeUnixNano":1.5})"), "`startTimeUnixNano`"},
      {in_request(R"({"flags":4294967296})"), "`flags`"},
      {in_request(R"({"name":1})"), "`name` must be a text"},
  };
  for (const auto& [json, says] : rows) {
    const auto request = protobuf_of(json);
    ASSERT_FALSE(request) << json;
    EXPECT_EQ(request.error().code, core::Errc::invalid);
    EXPECT_NE(request.error().what.find(says), std::string::npos) << request.error().what;
  }
}

TEST(OtlpJson, AnIdThatIsNoHexadecimalMakesItsSpanBrokenAndNoOther) {
  net::Call call;
  call.headers = {{"content-type", "application/json"}};
  call.body = in_request(
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},)"
      R"({"traceId":"this is 16 bytes","spanId":"eee19b7ec3c1b174"},)"
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"no"})");
  const auto taken = sources::otlp::take(call, sources::otlp::kind_of(sources::Signal::traces), 1 << 20);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->batch.count(), 1u);
  EXPECT_EQ(taken->broken, 2u);
}

TEST(OtlpJson, ASmallTextDoesNotBecomeALargeList) {
  std::string many = R"({"resourceSpans":[)";
  for (int i = 0; i < 1'100'000; ++i) many += "0,";
  const auto request = protobuf_of(many + "0]}");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, core::Errc::exhausted);
  std::string deep, end;
  for (int i = 0; i < 1000; ++i) deep += R"({"kvlistValue":{"values":[{"value":)", end += "}]}}";
  EXPECT_FALSE(protobuf_of(in_request(R"({"attributes":[{"value":)" + deep + "{}" + end + "}]}")));
}

TEST(OtlpJson, IsAnsweredInJson) {
  using sources::otlp::answer_of;
  using sources::otlp::Form;
  const auto& traces = sources::otlp::kind_of(sources::Signal::traces);
  EXPECT_EQ(answer_of(telemetry::otlp::PartialSuccess{}, traces, Form::json).body, "{}");
  const net::Response some = answer_of(telemetry::otlp::PartialSuccess{2, "too \"old\""}, traces, Form::json);
  EXPECT_EQ(some.body, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too \"old\""}})");
  EXPECT_EQ(net::header(some.headers, "content-type"), "application/json");
  const net::Response bad =
      answer_of(sources::otlp::Refusal{400, telemetry::otlp::Code::invalid_argument, "no"}, Form::json);
  EXPECT_EQ(bad.body, R"({"code":3,"message":"no"})");
}
