#include "agent/pipeline/parking/replaying.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;

class QuietLog final : public core::Log {
 public:
  void write(core::Level, std::string_view, std::string_view, std::span<const core::Field>) override {}
};

// Refuses what holds this word; may be away.
class PickySink final : public sinks::Sink {
 public:
  std::string name() const override { return "picky"; }
  core::Task<core::Outcome<sinks::Receipt>> deliver(
      std::span<const telemetry::BatchPointer> batches) override {
    if (away) co_return core::fail(core::Errc::unavailable, "cannot reach it");
    sinks::Receipt receipt;
    for (const auto& batch : batches) {
      for (std::size_t i = 0; i < batch->records.size(); ++i) {
        const auto& record = batch->records[i];
        if (record.text.find(refuses) != std::string_view::npos) {
          receipt.refused.push_back({batch, i, "400: " + refuses});
          continue;
        }
        std::string id;
        telemetry::append_document_id(id, record.origin);
        taken.emplace_back(id, record.text);
      }
    }
    co_return receipt;
  }
  core::Task<core::Outcome<>> settle() override { co_return core::Outcome<>(); }

  std::string refuses = "bad";
  bool away = false;
  std::vector<std::pair<std::string, std::string>> taken;  // id and text
};

struct Yard {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  std::unique_ptr<durable::Book> book = durable::make_memory_book();
  QuietLog log;
  ::prometheus::Registry registry;
  Ledger ledger{registry};
  Parking parking{loop.get_executor(), {clock, *pool, *book, registry}};
  PickySink* sink = nullptr;
  std::unique_ptr<Carrier> carrier = make_carrier();
  Account& account = ledger.open("parked", "picky");
  async::Nursery nursery{loop.get_executor()};

  Yard() {
    nursery.start(carrier->run());
    std::vector<sinks::Refused> refused;
    auto batch = std::make_shared<telemetry::Batch>();
    batch->stream = "child output";
    telemetry::Shelter shelter;
    for (const char* text : {"bad one", "bad two", "worse"}) {
      telemetry::Record record;
      record.text = shelter.keep(text, batch->chunks);
      record.bytes = 10;
      record.origin = {1, 1'700'000'000, 9, batch->records.size() * 10};
      batch->records.push_back(record);
    }
    for (std::size_t i = 0; i < 3; ++i) refused.push_back({batch, i, "400"});
    nursery.start(park(std::move(refused)));
    clock.settle();
    EXPECT_EQ(parking.count("picky"), 3u);
  }
  ~Yard() {
    carrier->abandon();
    for (int i = 0; i < 20 && nursery.size() > 0; ++i) clock.advance(1s);
  }

  Replayed replay(std::string id = {}) {
    std::optional<Replayed> result;
    nursery.start(keep(std::move(id), result));
    for (int i = 0; i < 60 && !result; ++i) clock.advance(1s);
    EXPECT_TRUE(result);
    return result.value_or(Replayed());
  }

 private:
  std::unique_ptr<Carrier> make_carrier() {
    auto made = std::make_unique<PickySink>();
    sink = made.get();
    const Carrier::Tools tools{clock, *random, log, registry,
                               [this](std::string name, std::vector<sinks::Refused> refused) {
                                 return parking.park(std::move(name), std::move(refused));
                               }};
    return std::make_unique<Carrier>(loop.get_executor(), tools, std::move(made), 1u << 20,
                                     sinks::WhenFull::drop_oldest, [] {});
  }
  async::Task<void> park(std::vector<sinks::Refused> refused) {
    const auto parked = co_await parking.park("picky", std::move(refused));
    EXPECT_TRUE(parked);
  }
  async::Task<void> keep(std::string id, std::optional<Replayed>& result) {
    const core::Instant until = clock.now() + 30s;
    const auto done = co_await replay_parked(parking, *carrier, account, clock, std::move(id), until);
    EXPECT_TRUE(done);
    if (done) result = *done;
  }
};

TEST(Replaying, OffersEachAgainUnderItsIdAndKeepsWhatIsRefusedAgain) {
  Yard yard;
  const Replayed done = yard.replay();
  EXPECT_EQ(done.taken, 1u);
  EXPECT_EQ(done.refused, 2u);
  EXPECT_TRUE(done.in_time);
  ASSERT_EQ(yard.sink->taken.size(), 1u);
  EXPECT_EQ(yard.sink->taken[0].second, "worse");
  std::string id;
  telemetry::append_document_id(id, {1, 1'700'000'000, 9, 20});
  EXPECT_EQ(yard.sink->taken[0].first, id);
  EXPECT_EQ(yard.parking.count("picky"), 2u);
  EXPECT_EQ(yard.account.total_parked().records, 2u);
  EXPECT_EQ(yard.account.imbalance(), 0);

  yard.sink->refuses = "nothing";
  EXPECT_EQ(yard.replay().taken, 2u);
  EXPECT_EQ(yard.parking.count(), 0u);
  EXPECT_EQ(yard.parking.bytes(), 0u);
}

TEST(Replaying, OfOneIdLeavesTheOthersWhereTheyAre) {
  Yard yard;
  yard.sink->refuses = "nothing";
  std::string id;
  telemetry::append_document_id(id, {1, 1'700'000'000, 9, 10});
  EXPECT_EQ(yard.replay(id).taken, 1u);
  ASSERT_EQ(yard.sink->taken.size(), 1u);
  EXPECT_EQ(yard.sink->taken[0].second, "bad two");
  EXPECT_EQ(yard.parking.count("picky"), 2u);
}

TEST(Replaying, ToASinkThatIsAwayLosesNothingAndSaysThatTheTimeWasUp) {
  Yard yard;
  yard.sink->away = true;
  const Replayed done = yard.replay();
  EXPECT_FALSE(done.in_time);
  EXPECT_EQ(done.taken, 0u);
  EXPECT_EQ(yard.parking.count("picky"), 3u);
}

}  // namespace
}  // namespace outrider::pipeline
