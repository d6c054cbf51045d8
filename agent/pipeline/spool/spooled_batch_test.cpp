#include "agent/pipeline/spool/spooled_batch.hpp"

#include "agent/durable/packing.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

std::string whole(const telemetry::Batch& batch, std::uint64_t span) {
  return durable::whole_value(packed(log_spool, 42, span, batch));
}

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
  const std::string bytes = whole(batch, 9);
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
  const std::string bytes = whole(batch, 3);
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

TEST(SpooledBatch, KeepsLargeTextsWithoutHavingCopiedThem) {
  telemetry::Batch batch;
  batch.stream = "traces";
  const std::string large(30'000, 'l'), larger(70'000, 'g');
  batch.records.resize(4);
  batch.records[0].text = large;
  batch.records[1].text = "small";
  batch.records[2].text = larger;
  const durable::Change change = packed(trace_spool, 7, 4, batch);
  EXPECT_LT(change.value->size(), 512u);
  EXPECT_EQ(change.key, durable::key_of(7));
  EXPECT_EQ(change.table, trace_spool.batches);
  ASSERT_EQ(change.inserted.size(), 2u);
  EXPECT_EQ(change.inserted[1].text.data(), larger.data());
  const std::string bytes = durable::whole_value(change);
  EXPECT_EQ(bytes.size(), durable::value_bytes(change));
  const auto back = unpacked(7, bytes);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->batch.records.size(), 4u);
  EXPECT_EQ(back->batch.records[0].text, large);
  EXPECT_EQ(back->batch.records[1].text, "small");
  EXPECT_EQ(back->batch.records[2].text, larger);
  EXPECT_EQ(back->batch.records[3].text, "");
}

TEST(SpooledBatch, HoldsNoBytesOfOthersWhenItIsCopied) {
  telemetry::Batch batch;
  batch.stream = "child output";
  batch.routes = std::make_shared<telemetry::Routes>(telemetry::Routes{{"a"}});
  telemetry::Shelter shelter(64 * 1024);
  for (const char* text : {"one", "", "three"}) {
    (void)shelter.keep(std::string(9'000, 'o'), batch.chunks);  // of a line that is no more
    telemetry::Record record;
    record.text = shelter.keep(text, batch.chunks);
    record.route = 1;
    batch.records.push_back(record);
  }
  const telemetry::Batch alone = in_bytes_of_its_own(batch);
  EXPECT_EQ(alone.stream, batch.stream);
  EXPECT_EQ(alone.routes, batch.routes);
  ASSERT_EQ(alone.records.size(), 3u);
  EXPECT_EQ(alone.records[0].text, "one");
  EXPECT_EQ(alone.records[1].text, "");
  EXPECT_EQ(alone.records[2].text, "three");
  EXPECT_EQ(alone.records[2].route, 1);
  EXPECT_NE(alone.records[2].text.data(), batch.records[2].text.data());
  std::size_t held = 0;
  for (const auto& chunk : alone.chunks) held += chunk->used();
  EXPECT_EQ(held, 8u);
}

TEST(SpooledBatch, IsKnownByItsHeaderAlone) {
  const auto book = durable::make_memory_book();
  telemetry::Batch batch;
  batch.records.resize(2);
  const std::string large(9'000, 'l');
  for (telemetry::Record& record : batch.records) {
    record.text = large;
    record.bytes = UINT64_MAX / 2;
    record.count = UINT32_MAX;
  }
  std::vector<durable::Change> changes;
  for (const std::uint64_t first : {3u, 5u, 9u})
    changes.push_back(packed(trace_spool, first, UINT64_MAX, batch));
  ASSERT_TRUE(book->write(changes));
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(skim_spool(*book, trace_spool,
                         [&](std::uint64_t first, const SpooledHeader& header, std::size_t bytes) {
                           EXPECT_EQ(header.span, UINT64_MAX);
                           EXPECT_EQ(header.count(), 2ull * UINT32_MAX);
                           EXPECT_EQ(bytes, durable::value_bytes(changes.front()));
                           seen.push_back(first);
                           return seen.size() < 2;
                         }));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 5}));
}

TEST(SpooledBatch, KeepsItsRoutes) {
  telemetry::Batch batch;
  batch.stream = "child output";
  batch.routes = std::make_shared<telemetry::Routes>(telemetry::Routes{{"a"}, {"b", "c"}});
  batch.records.resize(3);
  batch.records[1].route = 2;
  const std::string bytes = whole(batch, 3);
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
  const std::string bytes = whole(batch, 2);
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
