#include "agent/telemetry/envelope.hpp"
#include "agent/transforms/reading.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::testing;

namespace {

std::string record(std::string_view body) {
  std::string out;
  telemetry::append_envelope(
      out, {"", R"({"trace.id":"0123456789abcdef0123456789abcdef","message":"m","service.name":"checkout"})",
            body, false});
  return out;
}

}  // namespace

TEST(Otlp, TheFieldsOfARecordStandBesideItsBody) {
  Flow run({reading_of("otlp", std::nullopt), {}, {}});
  const std::string out = run(record("paid\nin full"));
  EXPECT_EQ(value_in(out, "message"), R"("paid\nin full")");
  EXPECT_EQ(value_in(out, "original.message"), R"("m")") << "an attribute is not the message";
  EXPECT_EQ(value_in(out, "trace.id"), R"("0123456789abcdef0123456789abcdef")");
  EXPECT_EQ(value_in(out, "service.name"), R"("checkout")");
}

TEST(Otlp, ABodyIsReadAsItsFormatSays) {
  Flow open({reading_of("otlp", std::nullopt), {}, {}});
  EXPECT_EQ(value_in(open(record(R"({"msg":"m","n":1})")), "n"), "1") << "it looks like JSON";
  const Reading logfmt = reading_of("otlp", default_reading("logfmt"));
  EXPECT_EQ(logfmt.name, "otlp logfmt");
  Flow run({logfmt, {}, {}});
  EXPECT_EQ(value_in(run(record("level=warn msg=paid")), "log.level"), R"("warn")");
}
