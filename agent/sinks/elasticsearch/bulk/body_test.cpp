#include "agent/sinks/elasticsearch/bulk/body.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sinks::elasticsearch;

namespace {

telemetry::Record record_at(core::WallTime time) {
  telemetry::Record record;
  record.text = R"({"a":1})";
  record.origin = {1, 1'700'000'000, 0x123456789abc, 4096};
  record.time = time;
  return record;
}

using namespace std::chrono;
constexpr core::WallTime late = sys_days(2026y / November / 28) + 23h + 59min;

}  // namespace

TEST(BulkBody, IsAnActionAndTheDocumentForEachRecord) {
  std::string text;
  BulkBody body({"logs-tests-school", ""}, text);
  body.add(record_at(late));
  std::string id;
  telemetry::append_document_id(id, record_at(late).origin);
  EXPECT_EQ(text, "{\"create\":{\"_id\":\"" + id + "\"}}\n{\"a\":1}\n");
}

TEST(BulkBody, ADatedIndexIsThatOfTheRecordsOwnTime) {
  std::string written;
  BulkBody body({"", "logs-%Y.%m.%d-%H"}, written);
  body.add(record_at(late));
  body.add(record_at(late + 1min));
  body.add(record_at(late));
  std::string_view text = written;
  for (const char* name : {"logs-2026.11.28-23", "logs-2026.11.29-00", "logs-2026.11.28-23"}) {
    EXPECT_TRUE(text.starts_with(std::string("{\"create\":{\"_index\":\"") + name + "\",\"_id\":\"")) << text;
    text.remove_prefix(text.find('\n') + 1);
    text.remove_prefix(text.find('\n') + 1);
  }
  EXPECT_EQ(text, "");
}

TEST(BulkBody, IsNeverLargerThanWasSaid) {
  std::string text;
  BulkBody body({"logs-tests-school", ""}, text);
  body.add(record_at(late));
  EXPECT_LE(text.size(), BulkBody::bytes_of(record_at(late)));
}

TEST(Target, ANameThatTheServerWouldRefuseIsRefusedHere) {
  for (const char* name : {"logs-tests-school", "a", "logs.1_2"})
    EXPECT_TRUE(check_name(name, false)) << name;
  for (const char* name : {"", "Logs", "-a", "_a", "+a", ".a", "a b", "a/b", "a*", "a:b", "a#", "logs-%Y"}) {
    EXPECT_FALSE(check_name(name, false)) << name;
  }
  EXPECT_FALSE(check_name(std::string(256, 'a'), false));
  EXPECT_TRUE(check_name("logs-%Y.%m.%d", true));
  EXPECT_FALSE(check_name("logs-%Y.%j", true));
  EXPECT_FALSE(check_name("logs-%", true));
}
