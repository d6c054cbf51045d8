// What every sink has promised the pipeline: what it says has arrived has; an error means that it is all
// offered again, and then it is there, in order and, by its ids, once; it keeps to its own limits; it
// survives being cancelled at any await.
#include "tests/contract/sink_worlds.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace std::chrono_literals;
using Batches = std::vector<telemetry::BatchPointer>;

namespace {

const sinks::Shelf& shelf() {
  static const sinks::Shelf filled = [] {
    sinks::Shelf made;
    sinks::fill(made);
    return made;
  }();
  return filled;
}

// Of lines, of spans and of samples.
std::vector<sinks::Entry> entries() {
  std::vector<sinks::Entry> all = shelf().entries();
  all.insert(all.end(), shelf().for_traces().begin(), shelf().for_traces().end());
  const std::function<sinks::Plan(sinks::MetricPlan)> plan_of = [](sinks::MetricPlan one) {
    return one.plan;
  };
  for (const auto& entry : shelf().for_metrics())
    all.push_back({entry.name, entry.help, entry.kind.as<sinks::Plan>(plan_of)});
  return all;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : entries()) all.emplace_back(entry.name);
  return all;
}

config::Loaded<sinks::Plan> read(const std::string& name, const std::string& yaml) {
  const auto all = entries();
  const auto entry = std::ranges::find(all, name, &sinks::Entry::name);
  return config::load_text("sink.yaml", yaml, entry->kind);
}

class SinkContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sink_scenes().contains(GetParam()))
        << "give " << GetParam() << " a world in tests/contract/sink_worlds.cpp";
    build();
  }
  void TearDown() override {
    if (!house_) return;
    take_down();
    EXPECT_EQ(house_->clock.sleepers(), 0u) << "something still sleeps";
  }

  telemetry::BatchPointer numbered(std::uint64_t first, std::uint64_t count) const {
    return scene().numbered(first, count);
  }
  const SinkScene& scene() const { return sink_scenes().find(GetParam())->second; }

  // The sink before what it borrows, and everything that runs before the world it speaks to.
  void take_down() {
    sink_.reset();
    house_->deliveries.cancel();
    house_->nursery.cancel();
    house_->clock.settle();
  }

  void build() {
    if (house_) take_down();
    world_.reset();
    house_ = std::make_unique<sinks::testing::House>();
    world_ = scene().make(*house_);
    world_->be(Health::well);
    auto plan = read(GetParam(), scene().yaml);
    ASSERT_TRUE(plan) << plan.report.text();
    sink_ = plan.value->make(world_->tools());
  }

  // What comes of it; it must come soon, for all limits are of seconds.
  core::Outcome<sinks::Receipt> deliver(const Batches& batches) {
    auto outcome = house_->deliver(*sink_, batches, 1min);
    EXPECT_TRUE(outcome) << "still going on after a minute";
    if (outcome) return std::move(*outcome);
    house_->deliveries.cancel();
    return core::fail(core::Errc::internal, "no outcome");
  }

  // A nursery that was cancelled starts nothing more.
  void again(const Batches& batches) {
    async::Nursery second(house_->loop.get_executor());
    std::optional<core::Outcome<sinks::Receipt>> outcome;
    second.start(sinks::testing::House::offer(*sink_, batches, outcome));
    for (int i = 0; i < 1000 && !outcome; ++i) house_->clock.advance(50ms);
    ASSERT_TRUE(outcome) << "still going on";
    EXPECT_TRUE(*outcome) << outcome->error().what;
    house_->clock.settle();
  }

  void expect_arrived(std::uint64_t count) {
    std::vector<std::uint64_t> all(count);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(world_->arrived(), all);
  }

  // The order matters: the world is used by the sink, and uses the house.
  std::unique_ptr<sinks::testing::House> house_;
  std::unique_ptr<SinkWorld> world_;
  std::unique_ptr<sinks::Sink> sink_;
};

}  // namespace

TEST_P(SinkContract, RefusesWhatCannotWorkByNamingTheKey) {
  ASSERT_FALSE(scene().bad.empty());
  for (const BadValue& bad : scene().bad) {
    const auto plan = read(GetParam(), bad.yaml);
    EXPECT_FALSE(plan) << bad.yaml;
    EXPECT_NE(plan.report.text().find("`" + bad.names + "`"), std::string::npos) << plan.report.text();
  }
  EXPECT_TRUE(sink_->name().starts_with(scene().name.empty() ? GetParam() : scene().name)) << sink_->name();
}

TEST_P(SinkContract, WhatItSaysHasArrivedHasAllOfItInOrder) {
  const auto first = deliver({numbered(0, 1)});
  ASSERT_TRUE(first) << first.error().what;
  const auto more = deliver({numbered(1, 40), numbered(41, 1), numbered(42, 100)});
  ASSERT_TRUE(more) << more.error().what;
  EXPECT_TRUE(more->refused.empty());
  EXPECT_TRUE(more->duplicates.empty());
  EXPECT_FALSE(sink_->due()) << "as it is configured here, what was delivered counts";
  expect_arrived(142);
}

TEST_P(SinkContract, AnErrorMeansThatAllOfItIsOfferedAgainPerhapsWithMore) {
  Batches batches{numbered(0, 10), numbered(10, 30)};
  world_->be(Health::sick);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto outcome = deliver(batches);
    ASSERT_FALSE(outcome) << "it is said to have arrived";
    EXPECT_TRUE(outcome.error().what.starts_with("cannot ")) << outcome.error().what;
    house_->clock.advance(2min);
  }
  world_->be(Health::well);
  batches.push_back(numbered(40, 5));
  const auto outcome = deliver(batches);
  ASSERT_TRUE(outcome) << outcome.error().what;
  expect_arrived(45);
}

TEST_P(SinkContract, ItDoesNotWaitForTheOtherSideToGetWell) {
  if (!scene().can_be_silent) return;  // it waits for nobody
  world_->be(Health::silent);
  const Batches batches{numbered(0, 10)};
  EXPECT_FALSE(deliver(batches));
  world_->be(Health::well);
  house_->clock.advance(2min);
  const auto outcome = deliver(batches);
  ASSERT_TRUE(outcome) << outcome.error().what;
  expect_arrived(10);
}

TEST_P(SinkContract, CancelledAtAnyMomentItIsAsGoodAsBefore) {
  const std::vector<core::Duration> moments{0us, 500us, 1ms, 1500us, 3ms, 6ms, 100ms, 1900ms};
  for (const Health health : {Health::well, Health::silent}) {
    for (const core::Duration moment : moments) {
      build();
      if (health == Health::well || scene().can_be_silent) world_->be(health);
      const Batches batches{numbered(0, 10), numbered(10, 30)};
      house_->begin(*sink_, batches);
      house_->clock.advance(moment);
      house_->deliveries.cancel();
      house_->clock.settle();
      EXPECT_EQ(house_->deliveries.size(), 0u) << "it does not end when it is cancelled";
      if (house_->outcome && *house_->outcome) {
        expect_arrived(40);
      } else {
        world_->be(Health::well);
        house_->clock.advance(2min);
        again(batches);
        expect_arrived(40);
      }
      TearDown();
    }
  }
}

TEST_P(SinkContract, WhatIsOutOfABatchIsNeverMoreThanTheBatch) {
  const Batches batches{numbered(0, 50)};
  world_->be(Health::sick);
  EXPECT_FALSE(deliver(batches));
  EXPECT_LE(sink_->written_of(batches[0]), 50u);
  EXPECT_EQ(sink_->written_of(numbered(0, 50)), 0u) << "of one that was never offered";
  EXPECT_GT(sink_->appetite_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Shelf, SinkContract, ::testing::ValuesIn(names()),
                         [](const auto& given) { return given.param; });
