#include "agent/sources/otlp/logs/log_text.hpp"

#include "agent/sources/otlp/logs/log_request.hpp"
#include "agent/telemetry/envelope.hpp"
#include "agent/telemetry/otlp/testing.hpp"

#include <limits>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources::otlp;
using namespace outrider::telemetry::otlp::testing;
using telemetry::Severity;

namespace {

using protozero::pbf_writer;

std::string whole(std::uint32_t number, std::uint64_t value) {
  std::string out;
  pbf_writer(out).add_uint64(number, value);
  return out;
}
std::string moment(std::uint32_t number, std::uint64_t nanoseconds) {
  std::string out;
  pbf_writer(out).add_fixed64(number, nanoseconds);
  return out;
}
std::string real(double value) {
  std::string out;
  pbf_writer(out).add_double(4, value);
  return out;
}
std::string attribute(std::uint32_t number, std::string_view key, std::string_view any) {
  return field(number, field(1, key) + field(2, any));
}
std::string body(std::string_view text) { return field(5, field(1, text)); }

struct Seen {
  telemetry::Record record;
  std::string fields, message;
  std::uint64_t broken_ids = 0;
};

Seen read(std::string_view log, std::string_view resource = {}, std::string_view scope = {}) {
  LogText text;
  text.begin_resource(resource);
  text.begin_scope(scope);
  Seen seen;
  const auto envelope = telemetry::open_envelope(text.read(log, seen.record));
  EXPECT_TRUE(envelope);
  if (envelope) seen.fields = envelope->fields, seen.message = envelope->text;
  seen.broken_ids = text.broken_ids();
  return seen;
}

// What a value is in JSON.
std::string value(std::string_view any) { return read(attribute(6, "k", any)).fields; }

}  // namespace

TEST(LogText, ARecordIsItsBodyWithEverythingElseBesideIt) {
  const std::string trace("\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c", 16);
  std::string flags;
  pbf_writer(flags).add_fixed32(8, 0x101);
  const Seen seen =
      read(moment(1, 1'544'712'660'000'000'007) + moment(11, 1) + whole(2, 10) + field(3, "INFO2") +
               body("paid\nin full") + attribute(6, "n", whole(3, 7)) + whole(7, 2) + flags +
               field(9, trace) + field(10, "spanspan") + field(12, "order.paid"),
           attribute(1, "service.name", field(1, "checkout")) +
               attribute(1, "deployment.environment.name", field(1, "production")) +
               attribute(1, "n", whole(3, 8)),
           field(1, "shop.orders") + field(2, "1.2") + attribute(3, "s", field(1, "x")));
  EXPECT_EQ(seen.message, "paid\nin full");
  EXPECT_EQ(seen.fields,
            R"({"trace.id":"5b8efff798038103d269b633813fc60c","span.id":"7370616e7370616e",)"
            R"("event.name":"order.paid","trace.flags":1,"otel.severity_text":"INFO2",)"
            R"("otel.severity_number":10,"otel.dropped_attributes_count":2,"n":7,"log.logger":"shop.orders",)"
            R"("otel.scope.version":"1.2","s":"x","service.name":"checkout",)"
            R"("service.environment":"production"})");
  EXPECT_EQ(seen.record.severity, Severity::info);
  EXPECT_EQ(seen.record.time.time_since_epoch().count(), 1'544'712'660'000'000'007);
  EXPECT_EQ(seen.broken_ids, 0u);
}

TEST(LogText, SeverityComesFromItsNumberOrElseFromItsWord) {
  const std::vector<std::pair<std::uint64_t, Severity>> rows{
      {1, Severity::trace}, {4, Severity::trace},  {5, Severity::debug},  {9, Severity::info},
      {16, Severity::warn}, {17, Severity::error}, {24, Severity::fatal}, {25, Severity::unspecified}};
  for (const auto& [number, severity] : rows) EXPECT_EQ(read(whole(2, number)).record.severity, severity);
  EXPECT_EQ(read(field(3, "WARNING")).record.severity, Severity::warn);
  EXPECT_EQ(read(field(3, "WARNING")).fields, "{}") << "our word says it";
  EXPECT_EQ(read(field(3, "loud")).fields, R"({"otel.severity_text":"loud"})");
}

TEST(LogText, TimeIsItsOwnOrElseWhenItWasSeen) {
  EXPECT_EQ(read(moment(11, 5)).record.time.time_since_epoch().count(), 5);
  EXPECT_EQ(read("").record.time, core::WallTime()) << "nobody says";
  EXPECT_EQ(read(moment(1, std::numeric_limits<std::uint64_t>::max())).record.time.time_since_epoch().count(),
            std::numeric_limits<std::int64_t>::max());
}

TEST(LogText, ABrokenIdIsCountedAndTheRecordGoesOn) {
  const Seen seen = read(body("b") + field(9, "short") + field(10, "longer than eight"));
  EXPECT_EQ(seen.message, "b");
  EXPECT_EQ(seen.fields, "{}");
  EXPECT_EQ(seen.broken_ids, 2u);
  EXPECT_EQ(read(field(9, std::string(16, '\0')) + field(10, "")).broken_ids, 0u) << "so some say: none";
}

TEST(LogText, EveryKindOfValueIsItsNearestInJson) {
  EXPECT_EQ(value(field(1, "Zo\"ë")), R"({"k":"Zo\"ë"})");
  EXPECT_EQ(value(whole(2, 1)), R"({"k":true})");
  EXPECT_EQ(value(whole(3, static_cast<std::uint64_t>(-7))), R"({"k":-7})");
  EXPECT_EQ(value(real(1.5)), R"({"k":1.5})");
  EXPECT_EQ(value(real(std::numeric_limits<double>::quiet_NaN())), R"({"k":"NaN"})");
  EXPECT_EQ(value(field(5, field(1, whole(3, 1)) + field(1, ""))), R"({"k":[1,null]})");
  EXPECT_EQ(value(field(6, attribute(1, "a", whole(2, 0)) + attribute(1, "b", field(1, "c")))),
            R"({"k":{"a":false,"b":"c"}})");
  EXPECT_EQ(value(field(7, "hi")), R"({"k":"aGk="})");
}

TEST(LogText, ABodyThatIsNoTextIsJson) {
  EXPECT_EQ(read(field(5, field(6, attribute(1, "msg", field(1, "m"))))).message, R"({"msg":"m"})");
  EXPECT_EQ(read(field(5, whole(3, 4))).message, "4");
  EXPECT_EQ(read("").message, "");
}

TEST(LogText, WhatIsNoUtf8IsMended) {
  const Seen seen = read(body("a\xff") + attribute(6, "k\xff", field(1, "v\xff")));
  EXPECT_EQ(seen.message, "a\uFFFD");
  EXPECT_EQ(seen.fields, "{\"k\uFFFD\":\"v\uFFFD\"}");
  EXPECT_EQ(seen.record.marks, telemetry::mark_repaired);
}

TEST(LogText, WhatIsTooMuchIsCutAndSaysSo) {
  EXPECT_EQ(read(body(std::string((1 << 20) + 1, 'x'))).message.size(), std::size_t{1} << 20);
  EXPECT_EQ(read(body(std::string((1 << 20) + 1, 'x'))).fields, R"({"otel.cut":true})");
  std::string many;
  for (int i = 0; i < 400; ++i) many += attribute(6, std::to_string(i), whole(2, 1));
  EXPECT_TRUE(read(many).fields.ends_with(R"("255":true,"otel.cut":true})"));
  std::string deep;
  for (int i = 0; i < 200; ++i) deep = field(5, field(1, deep));
  const std::string nested = value(deep);
  EXPECT_LT(nested.size(), 150u);
  EXPECT_TRUE(nested.ends_with(R"("otel.cut":true})"));
  const std::string wide = attribute(1, "r", field(5, field(1, field(1, std::string(40'000, 'x')))));
  const Seen seen = read(body("b"), wide);
  EXPECT_LT(seen.fields.size(), 33'000u);
  EXPECT_TRUE(seen.fields.ends_with(R"("otel.cut":true})"));
}

TEST(LogText, ANameThatAnSdkMadeUpIsNone) {
  EXPECT_EQ(read("", attribute(1, "service.name", field(1, "unknown_service:python"))).fields, "{}");
}

TEST(LogRequest, EachRecordHasItsScopeAndItsResource) {
  const std::string request =
      field(1, field(2, field(2, body("one"))) + field(1, attribute(1, "r", field(1, "late")))) +
      field(1, resource_of({scope_of({body("two"), body("three")}, "second")}, "other"));
  const auto taken = read_logs(request, 1 << 20);
  ASSERT_TRUE(taken) << taken.error().what;
  ASSERT_EQ(taken->batch.records.size(), 3u);
  const auto text = [&](std::size_t at) { return std::string(taken->batch.records[at].text); };
  EXPECT_TRUE(text(0).ends_with("{\"r\":\"late\"}\none"));
  EXPECT_TRUE(text(2).ends_with("{\"log.logger\":\"second\",\"service.name\":\"other\"}\nthree"));
}

TEST(LogRequest, WhatIsNoProtobufIsRefusedAsAWhole) {
  for (const std::string& bad : {std::string("hello"), field(1, "x"), request_of({"\x28"}),
                                 request_of({body("fine"), field(5, "\x0a\x05x")})}) {
    const auto taken = read_logs(bad, 1 << 20);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, core::Errc::invalid);
  }
}
