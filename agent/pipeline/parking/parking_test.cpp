#include "agent/pipeline/parking/parking.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

class FullBook final : public durable::Book {
 public:
  core::Outcome<> write(std::span<const durable::Change> changes) override {
    if (full) return core::fail(core::Errc::exhausted, "cannot write: the disk is full");
    return inner_->write(changes);
  }
  core::Outcome<std::optional<std::string>> read(std::string_view table,
                                                 std::string_view key) const override {
    return inner_->read(table, key);
  }
  core::Outcome<> walk(std::string_view table, std::string_view from, const Visit& visit) const override {
    return inner_->walk(table, from, visit);
  }
  core::Outcome<> skim(std::string_view table, std::string_view from, std::size_t most_bytes,
                       const Glance& glance) const override {
    return inner_->skim(table, from, most_bytes, glance);
  }
  durable::Volume volume() const override { return {}; }

  bool full = false;

 private:
  std::unique_ptr<durable::Book> inner_ = durable::make_memory_book();
};

struct Lot {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  FullBook book;
  ::prometheus::Registry registry;
  ParkingSettings settings;
  std::unique_ptr<Parking> parking = anew();
  telemetry::Shelter shelter;

  std::unique_ptr<Parking> anew() {
    return std::make_unique<Parking>(loop.get_executor(), Parking::Tools{clock, *pool, book, registry},
                                     settings);
  }

  template <class T>
  T wait(async::Task<T> task) {
    std::optional<T> result;
    async::Nursery nursery(loop.get_executor());
    nursery.start(keep(std::move(task), result));
    clock.settle();
    EXPECT_TRUE(result) << "it still waits";
    return *result;
  }

  sinks::Refused refused(std::uint64_t offset, std::string_view document, std::string why = "no such field") {
    auto batch = std::make_shared<telemetry::Batch>();
    batch->stream = "child output";
    telemetry::Record record;
    record.text = shelter.keep(document, batch->chunks);
    record.bytes = document.size() + 1;
    record.origin = {3, 1'700'000'000, 77, offset};
    record.severity = telemetry::Severity::warn;
    batch->records.push_back(record);
    return {batch, 0, std::move(why)};
  }

  core::Outcome<> park(const std::string& sink, std::vector<sinks::Refused> some) {
    return wait(parking->park(sink, std::move(some)));
  }
  std::vector<ParkedRecord> all(const std::string& sink) {
    const auto found = wait(parking->next_of(sink, "", 1 << 20));
    EXPECT_TRUE(found);
    return found ? *found : std::vector<ParkedRecord>();
  }
  std::string metrics() const { return ::prometheus::TextSerializer().Serialize(registry.Collect()); }

 private:
  template <class T>
  static async::Task<void> keep(async::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
};

TEST(Parking, KeepsTheRecordWithAllThatIsKnownOfIt) {
  Lot lot;
  lot.clock.advance(90s);
  ASSERT_TRUE(lot.park("elasticsearch", {lot.refused(4711, R"({"a":1})", "400 mapper_parsing_exception")}));
  const auto all = lot.all("elasticsearch");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].document, R"({"a":1})");
  EXPECT_EQ(all[0].why, "400 mapper_parsing_exception");
  EXPECT_EQ(all[0].stream, "child output");
  EXPECT_EQ(all[0].sink, "elasticsearch");
  EXPECT_EQ(all[0].record.origin.offset, 4711u);
  EXPECT_EQ(all[0].record.origin.generation, 3u);
  EXPECT_EQ(all[0].record.bytes, 8u);
  EXPECT_EQ(all[0].record.severity, telemetry::Severity::warn);
  EXPECT_EQ(all[0].parked, lot.clock.wall());
  std::string id;
  telemetry::append_document_id(id, all[0].record.origin);
  EXPECT_EQ(all[0].id, id);
  EXPECT_NE(lot.metrics().find("outrider_parked_records{sink=\"elasticsearch\"} 1"), std::string::npos);
  EXPECT_NE(lot.metrics().find("outrider_parked_total{sink=\"elasticsearch\"} 1"), std::string::npos);
}

TEST(Parking, OfTheSameRecordTwiceKeepsOneAndCountsHowOften) {
  Lot lot;
  ASSERT_TRUE(lot.park("a", {lot.refused(1, "x", "first"), lot.refused(1, "x", "first")}));
  ASSERT_TRUE(lot.park("a", {lot.refused(1, "x", "second")}));
  ASSERT_TRUE(lot.park("b", {lot.refused(1, "x")}));
  EXPECT_EQ(lot.parking->count("a"), 1u);
  EXPECT_EQ(lot.parking->count(), 2u);
  ASSERT_EQ(lot.all("a").size(), 1u);
  EXPECT_EQ(lot.all("a")[0].times, 2u);
  EXPECT_EQ(lot.all("a")[0].why, "second");
}

TEST(Parking, KnowsWhatIsParkedWhenTheAgentStartsAgain) {
  Lot lot;
  ASSERT_TRUE(lot.park("a", {lot.refused(1, "x"), lot.refused(2, "y")}));
  const std::uint64_t bytes = lot.parking->bytes();
  lot.parking = lot.anew();
  ASSERT_TRUE(lot.wait(lot.parking->open()));
  EXPECT_EQ(lot.parking->count("a"), 2u);
  EXPECT_EQ(lot.parking->bytes(), bytes);
  ASSERT_TRUE(lot.park("a", {lot.refused(3, "z")}));
  EXPECT_EQ(lot.all("a").size(), 3u);
}

TEST(Parking, ThatIsFullHoldsTheSinkAndGivesNothingUp) {
  Lot lot;
  lot.settings.most_bytes = 1000;
  lot.parking = lot.anew();
  ASSERT_TRUE(lot.park("a", {lot.refused(1, std::string(500, 'x'))}));
  const auto full = lot.park("a", {lot.refused(2, std::string(500, 'y'))});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, core::Errc::exhausted);
  EXPECT_NE(full.error().hint.find("outrider parked"), std::string::npos);
  EXPECT_EQ(lot.all("a").size(), 1u);
  // What is parked already may come again, since it takes no more room.
  EXPECT_TRUE(lot.park("a", {lot.refused(1, std::string(500, 'x'))}));
}

TEST(Parking, GivesUpTheOldestOnlyWhenToldToAndCountsIt) {
  Lot lot;
  lot.settings = {.most_bytes = 2000, .when_full = WhenParkingFull::drop_oldest};
  lot.parking = lot.anew();
  for (std::uint64_t offset = 9; offset > 0; --offset) {
    ASSERT_TRUE(lot.park("a", {lot.refused(offset, std::string(500, 'x'))}));
    EXPECT_LE(lot.parking->bytes(), 2000u);
  }
  const auto left = lot.all("a");
  ASSERT_EQ(left.size(), 3u);
  EXPECT_EQ(left[0].record.origin.offset, 1u);
  EXPECT_EQ(left[1].record.origin.offset, 2u);
  EXPECT_EQ(left[2].record.origin.offset, 3u);
  EXPECT_NE(lot.metrics().find("outrider_parked_removed_total{fate=\"given_up\",sink=\"a\"} 6"),
            std::string::npos)
      << lot.metrics();
}

TEST(Parking, OnAFullDiskParksNothingSoThatTheDeliveryDoesNotCount) {
  Lot lot;
  lot.book.full = true;
  EXPECT_FALSE(lot.park("a", {lot.refused(1, "x")}));
  EXPECT_EQ(lot.parking->count(), 0u);
  EXPECT_EQ(lot.parking->bytes(), 0u);
  lot.book.full = false;
  EXPECT_TRUE(lot.park("a", {lot.refused(1, "x")}));
}

TEST(Parking, RemovesWhatArrivedAndKeepsWhatWasRefusedAgainMeanwhile) {
  Lot lot;
  ASSERT_TRUE(lot.park("a", {lot.refused(1, "x"), lot.refused(2, "y"), lot.refused(3, "z")}));
  const auto offered = lot.all("a");
  ASSERT_TRUE(lot.park("a", {lot.refused(2, "y", "still not")}));
  const auto gone = lot.wait(lot.parking->remove(offered, "replayed"));
  ASSERT_TRUE(gone);
  EXPECT_EQ(*gone, 2u);
  ASSERT_EQ(lot.all("a").size(), 1u);
  EXPECT_EQ(lot.all("a")[0].why, "still not");
  EXPECT_EQ(lot.parking->count("a"), 1u);
  EXPECT_NE(lot.metrics().find("outrider_parked_removed_total{fate=\"replayed\",sink=\"a\"} 2"),
            std::string::npos);
}

TEST(Parking, GoesThroughASinksRecordsPartByPart) {
  Lot lot;
  for (std::uint64_t i = 0; i < 50; ++i)
    ASSERT_TRUE(lot.park(i % 2 == 0 ? "a" : "ab", {lot.refused(i, "document")}));
  std::size_t seen = 0;
  for (std::string after;;) {
    const auto some = lot.wait(lot.parking->next_of("a", after, 600));
    ASSERT_TRUE(some);
    if (some->empty()) break;
    EXPECT_LE(some->size(), 5u);
    seen += some->size();
    after = some->back().key();
  }
  EXPECT_EQ(seen, 25u);
}

}  // namespace
}  // namespace outrider::pipeline
