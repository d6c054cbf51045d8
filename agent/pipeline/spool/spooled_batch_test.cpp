#include "agent/pipeline/spool/spooled_batch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(SpooledBatch, ComesBackAsItWas) {
  telemetry::Batch batch;
  batch.stream = "child errors";
  telemetry::Shelter shelter;
  for (int i = 0; i < 5; ++i) {
    telemetry::Record record;
    record.text = shelter.keep(fmt::format("text {}", i), batch.chunks);
    record.bytes = 1000 + static_cast<std::uint64_t>(i);
    record.origin = {7, 8, 9, static_cast<std::uint64_t>(i)};
    record.time = core::WallTime(123456789ns);
    record.severity = static_cast<telemetry::Severity>(i);
    record.marks = telemetry::mark_joined;
    batch.records.push_back(record);
  }
  const std::string bytes = packed(batch, 9);
  const auto back = unpacked(42, bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->end(), 51u);
  EXPECT_EQ(back->batch.stream, "child errors");
  ASSERT_EQ(back->batch.records.size(), 5u);
  EXPECT_EQ(back->batch.records[4].text, "text 4");
  EXPECT_EQ(back->batch.records[4].origin.offset, 4u);
  EXPECT_EQ(back->batch.records[3].severity, static_cast<telemetry::Severity>(3));
  EXPECT_EQ(back->batch.records[3].time, core::WallTime(123456789ns));
  EXPECT_EQ(back->batch.bytes(), batch.bytes());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(unpacked(0, bytes.substr(0, length)));
}

TEST(SpooledBatch, KeepsForHowManyARecordStands) {
  telemetry::Batch batch;
  batch.stream = "traces";
  batch.records.resize(3);
  batch.records[1].count = 100;
  batch.records[2].text = "spans";
  const std::string bytes = packed(batch, 3);
  EXPECT_EQ(header_of(bytes)->count(), 102u);
  const auto back = unpacked(1, bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->end(), 4u);
  ASSERT_EQ(back->batch.records.size(), 3u);
  EXPECT_EQ(back->batch.records[1].count, 100u);
  EXPECT_EQ(back->batch.records[2].text, "spans");
  EXPECT_EQ(back->batch.count(), 102u);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(unpacked(0, bytes.substr(0, length)));
}

TEST(SpooledBatch, KeepsItsRoutes) {
  telemetry::Batch batch;
  batch.stream = "child output";
  batch.routes = std::make_shared<telemetry::Routes>(telemetry::Routes{{"a"}, {"b", "c"}});
  batch.records.resize(3);
  batch.records[1].route = 2;
  const std::string bytes = packed(batch, 3);
  const auto back = unpacked(1, bytes);
  ASSERT_TRUE(back && back->batch.routes);
  EXPECT_EQ(*back->batch.routes, *batch.routes);
  EXPECT_EQ(back->batch.records[0].route, 0);
  EXPECT_EQ(back->batch.records[1].route, 2);
  EXPECT_EQ(header_of(bytes)->count(), 3u);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(unpacked(0, bytes.substr(0, length)));
}

TEST(SpooledBatch, KeepsItsRoutesAndForHowManyARecordStands) {
  telemetry::Batch batch;
  batch.stream = "metrics";
  batch.routes = std::make_shared<telemetry::Routes>(telemetry::Routes{{"a"}, {"b"}});
  batch.records.resize(2);
  batch.records[0].route = 1;
  batch.records[0].count = 2000;
  batch.records[1].route = 2;
  batch.records[1].text = "samples";
  const std::string bytes = packed(batch, 2);
  EXPECT_EQ(header_of(bytes)->count(), 2001u);
  const auto back = unpacked(1, bytes);
  ASSERT_TRUE(back && back->batch.routes);
  EXPECT_EQ(*back->batch.routes, *batch.routes);
  ASSERT_EQ(back->batch.records.size(), 2u);
  EXPECT_EQ(back->batch.records[0].count, 2000u);
  EXPECT_EQ(back->batch.records[1].route, 2);
  EXPECT_EQ(back->batch.records[1].text, "samples");
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(unpacked(0, bytes.substr(0, length)));
}

}  // namespace
}  // namespace outrider::pipeline
