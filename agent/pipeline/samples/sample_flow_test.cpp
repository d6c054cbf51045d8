#include "agent/pipeline/samples/sample_flow.hpp"

#include "agent/pipeline/spool/test_world.hpp"
#include "agent/telemetry/remote_write/testing.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
namespace wire = telemetry::remote_write;
using wire::testing::Told;

struct House {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  spool_testing::QuietLog log;
  spool_testing::FullBook book;
  std::map<std::string, std::vector<std::string>> taken;  // portions, by destination
  std::map<std::string, bool> away;
  SampleSettings settings;
  int shown = 0;
  int others = 0;  // series beside the one that is counted

  struct Run {
    ::prometheus::Registry registry;
    Ledger ledger{registry};
    std::vector<std::unique_ptr<Carrier>> carriers;
    std::unique_ptr<SampleFlow> flow;
    std::unique_ptr<async::Nursery> nursery;
  };
  std::unique_ptr<Run> run;

  ~House() {
    if (run) end(false);
  }

  void add(const std::string& name, wire::View view = {}) {
    sinks::MetricPlan plan;
    plan.plan.name = name;
    plan.view = std::move(view);
    settings.send_to.push_back(plan);
  }

  core::Task<std::vector<telemetry::FamilySetPointer>> gather() {
    telemetry::FamilyWriter writer;
    writer.put(writer.family("shown_total", telemetry::MetricType::counter, "How often."), ++shown);
    const auto gauge = writer.family("other", telemetry::MetricType::gauge, "Some more.");
    for (int n = 0; n < others; ++n) writer.put(gauge, n * 1.1, {{"n", std::to_string(n * 7919)}});
    std::vector<telemetry::FamilySetPointer> sets{
        std::make_shared<const telemetry::FamilySet>(writer.take())};
    co_return sets;
  }

  void start() {
    run = std::make_unique<Run>();
    const auto executor = loop.get_executor();
    const Carrier::Tools tools{clock, *random, log, run->registry, {}};
    std::vector<Destination> destinations;
    for (const auto& to : settings.send_to) {
      const std::string& name = to.plan.name;
      run->carriers.push_back(std::make_unique<Carrier>(
          executor, tools, std::make_unique<spool_testing::TestSink>(name, taken[name], away[name]), 1u << 20,
          sinks::WhenFull::drop_oldest, [] {}));
      destinations.push_back({run->carriers.back().get(), name});
    }
    core::Resource resource;
    resource.instance = "here";
    const Spool::Tools for_spool{clock, *pool, log, book, run->registry, run->ledger};
    run->flow =
        std::make_unique<SampleFlow>(executor, SampleFlow::Tools{for_spool, [this] { return gather(); }},
                                     settings, resource, destinations);
    run->nursery = std::make_unique<async::Nursery>(executor);
    run->nursery->start(open_and_run(*run));
    clock.settle();
  }

  // With `saves`: in good order. Without: as kill -9 does.
  void end(bool saves) {
    if (!saves) book.full = true;
    run->flow->finish();
    run->flow->spool()->close();
    for (const auto& carrier : run->carriers) carrier->abandon();
    for (int i = 0; i < 60 && run->nursery->size() > 0; ++i) clock.advance(1s);
    EXPECT_EQ(run->nursery->size(), 0u);
    book.full = false;
    run.reset();
  }

  std::vector<Told> told(const std::string& name) {
    std::vector<Told> all;
    for (const std::string& portion : taken[name])
      for (Told& one : wire::testing::series_in(portion)) all.push_back(std::move(one));
    return all;
  }
  // Of the counter, in the order in which they came.
  std::vector<double> counted(const std::string& name) {
    std::vector<double> values;
    for (const Told& one : told(name))
      if (one.name() == "shown_total") values.push_back(one.value());
    return values;
  }

 private:
  static async::Task<void> open_and_run(Run& run) {
    co_await run.flow->open();
    async::Nursery all(co_await boost::asio::this_coro::executor);
    all.start(run.flow->spool()->run());
    for (const auto& carrier : run.carriers) all.start(carrier->run());
    all.start(run.flow->run());
    co_await all.join();
  }
};

std::vector<double> numbers(int from, int to) {
  std::vector<double> all;
  for (int n = from; n <= to; ++n) all.push_back(n);
  return all;
}

TEST(SampleFlow, SendsWhatIsShownAsIfItWereScrapedEachTimeItIsDue) {
  House house;
  house.add("a");
  house.start();
  house.clock.advance(61s);
  EXPECT_EQ(house.counted("a"), numbers(1, 5));
  const Told first = house.told("a").at(0);
  EXPECT_EQ(first.labels.at("job"), "outrider");
  EXPECT_EQ(first.labels.at("instance"), "here");
  std::set<std::string> names;
  for (const Told& one : house.told("a")) names.insert(one.name());
  EXPECT_EQ(names, (std::set<std::string>{"shown_total", "up"}));
  EXPECT_TRUE(house.taken["a"].size() == 5u) << "one request each time";
}

TEST(SampleFlow, LosesNothingWhileTheReceiverIsAwayAndSendsEachOnceInOrder) {
  House house;
  house.add("a");
  house.away["a"] = true;
  house.start();
  house.clock.advance(10min);
  EXPECT_TRUE(house.taken["a"].empty());
  house.away["a"] = false;
  house.clock.advance(1min);
  EXPECT_EQ(house.counted("a"), numbers(1, house.shown));
  EXPECT_GE(house.shown, 44);
}

TEST(SampleFlow, KilledWhileItCatchesUpItSendsAtMostOneAgain) {
  for (const core::Duration moment : {10ms, 50ms, 100ms, 150ms, 200ms, 300ms}) {
    House house;
    house.add("a");
    house.away["a"] = true;
    house.start();
    house.clock.advance(5min);
    house.end(false);
    house.away["a"] = false;
    house.start();
    house.clock.advance(moment);
    house.end(false);
    const std::size_t before = house.counted("a").size();
    house.start();
    house.clock.advance(1min);
    std::vector<double> values = house.counted("a");
    ASSERT_GT(values.size(), 20u);
    if (before > 0 && values[before] == values[before - 1])
      values.erase(values.begin() + static_cast<std::ptrdiff_t>(before));
    EXPECT_TRUE(std::ranges::is_sorted(values));
    EXPECT_EQ(std::ranges::adjacent_find(values), values.end()) << "after " << moment.count();
    EXPECT_EQ(values.front(), 1);
  }
}

TEST(SampleFlow, OneReceiverThatIsAwayStopsNoOther) {
  House house;
  house.add("a");
  house.add("b");
  house.away["a"] = true;
  house.start();
  house.clock.advance(5min);
  EXPECT_TRUE(house.taken["a"].empty());
  EXPECT_EQ(house.counted("b"), numbers(1, house.shown)) << "they share what is taken";
}

TEST(SampleFlow, ReceiversThatWantOtherSamplesGetThose) {
  House house;
  house.add("all");
  house.add("slow", {.every = 1min, .keep = {}, .drop = {}, .labels = {{"job", "mine"}}});
  house.add("up", {.keep = {"up"}, .drop = {}, .labels = {}});
  house.start();
  house.clock.advance(3min);
  EXPECT_EQ(house.counted("slow").size(), 3u);
  EXPECT_EQ(house.told("slow").at(0).labels.at("job"), "mine");
  EXPECT_EQ(house.counted("all").size(), 12u);
  EXPECT_TRUE(house.counted("up").empty());
  EXPECT_EQ(house.told("up").size(), 12u);
}

TEST(SampleFlow, NothingIsDatedBeforeWhatWasSentAlready) {
  House house;
  house.add("a");
  house.start();
  house.clock.advance(1min);
  house.clock.jump_wall(-10min);
  house.clock.advance(5min);
  const auto before = house.told("a").size();
  house.clock.advance(6min);
  EXPECT_GT(house.told("a").size(), before);
  std::int64_t last = 0;
  for (const Told& one : house.told("a")) {
    EXPECT_GE(one.milliseconds, last);
    last = one.milliseconds;
  }
}

TEST(SampleFlow, AFullSpoolGivesUpTheOldest) {
  House house;
  house.settings.spool.most_bytes = 200'000;
  house.others = 300;
  house.add("a");
  house.away["a"] = true;
  house.start();
  house.clock.advance(1h);
  house.away["a"] = false;
  house.clock.advance(1min);
  const std::vector<double> values = house.counted("a");
  ASSERT_GT(values.size(), 20u);
  EXPECT_LT(values.size(), 150u);
  EXPECT_TRUE(std::ranges::is_sorted(values));
  EXPECT_EQ(values.back(), house.shown);
}

}  // namespace
}  // namespace outrider::pipeline
