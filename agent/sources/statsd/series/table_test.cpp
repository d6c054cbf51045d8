#include "agent/sources/statsd/series/table.hpp"

#include "agent/telemetry/exposition.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;
using Fate = statsd::Table::Fate;

namespace {

class StatsdTable : public ::testing::Test {
 protected:
  Fate say(std::string_view text) {
    const auto line = statsd::read_line(text);
    EXPECT_TRUE(line) << text;
    return table_.add(*line, now_);
  }
  bool shows(const std::string& line) const {
    return ("\n" + page()).find("\n" + line + "\n") != std::string::npos;
  }
  std::string page() const {
    telemetry::FamilyWriter out;
    table_.put(out);
    const telemetry::FamilySet set = out.take();
    EXPECT_EQ(set.duplicates, 0u);
    std::string text;
    telemetry::write_exposition({&set}, telemetry::Format::text, text);
    return text;
  }
  void make(statsd::Bounds bounds) { table_ = statsd::Table(std::move(bounds)); }

  core::Instant now_{1h};
  statsd::Table table_{statsd::Bounds()};
};

}  // namespace

TEST_F(StatsdTable, CountersAddUpAndGaugesAreSetOrMoved) {
  say("jobs:3|c");
  say("jobs:2|c|@0.1");
  say("jobs_total:1|c");
  say("depth:10|g");
  say("depth:-4|g");
  say("depth:+1|g");
  say("fresh:-2|g");
  EXPECT_TRUE(shows("# TYPE jobs_total counter")) << page();
  EXPECT_TRUE(shows("jobs_total 24"));
  EXPECT_TRUE(shows("depth 7"));
  EXPECT_TRUE(shows("fresh -2"));
}

TEST_F(StatsdTable, TagsMakeSeriesInWhateverOrderTheyCome) {
  say("jobs:1|c|#a:1,b:2");
  say("jobs:1|c|#b:2,a:1");
  say("jobs:1|c|#a:1");
  EXPECT_TRUE(shows("jobs_total{a=\"1\",b=\"2\"} 2")) << page();
  EXPECT_TRUE(shows("jobs_total{a=\"1\"} 1"));
}

TEST_F(StatsdTable, TimersAndHistogramsHaveFixedBuckets) {
  make({.buckets = {0.25, 1}});
  say("took:125|ms");
  say("took:250|ms");
  say("took:500|ms|@0.5");
  say("took:7000|ms");
  say("size:0.25:3|h");
  EXPECT_TRUE(shows("# TYPE took_seconds histogram")) << page();
  EXPECT_TRUE(shows("took_seconds_bucket{le=\"0.25\"} 2")) << "a bound belongs to its bucket";
  EXPECT_TRUE(shows("took_seconds_bucket{le=\"1\"} 4"));
  EXPECT_TRUE(shows("took_seconds_bucket{le=\"+Inf\"} 5"));
  EXPECT_TRUE(shows("took_seconds_count 5"));
  EXPECT_TRUE(shows("took_seconds_sum 8.375"));
  EXPECT_TRUE(shows("size_bucket{le=\"0.25\"} 1"));
  EXPECT_TRUE(shows("size_sum 3.25"));
}

TEST_F(StatsdTable, ASetShowsHowManyDifferentValuesAMinuteHad) {
  for (const char* who : {"anna", "ben", "anna"}) say("users:" + std::string(who) + "|s");
  EXPECT_TRUE(shows("users 2")) << page();
  now_ += 61s;
  say("users:cleo|s");
  EXPECT_TRUE(shows("users 2")) << "of the minute that has ended";
  now_ += 61s;
  say("other:1|c");
  EXPECT_TRUE(shows("users 1"));
  now_ += 10min;
  EXPECT_TRUE(table_.turn(now_));
  EXPECT_TRUE(shows("users 0")) << "nobody came";
}

TEST_F(StatsdTable, WhatIsMoreThanMayBeIsFoldedIntoOneAndNothingIsLost) {
  make({.series = 3});
  for (int user = 0; user < 100; ++user) say("jobs:2|c|#user:" + std::to_string(user));
  EXPECT_TRUE(shows("jobs_total{user=\"2\"} 2")) << page();
  EXPECT_TRUE(shows("jobs_total{series=\"other\"} 194"));
  EXPECT_EQ(table_.series(), 4u);
  EXPECT_EQ(say("jobs:1|c|#user:1"), Fate::taken) << "who is there stays";
  EXPECT_EQ(say("jobs:1|c|#user:70"), Fate::folded);
  EXPECT_EQ(say("depth:1|g"), Fate::no_room) << "a family of its own";
  EXPECT_TRUE(shows("jobs_total{series=\"other\"} 195"));
}

TEST_F(StatsdTable, AHistogramCostsAllItsSeries) {
  make({.series = 10, .buckets = {1, 2}});
  EXPECT_EQ(say("took:1|h|#a:1"), Fate::taken);
  EXPECT_EQ(say("took:1|h|#a:2"), Fate::taken);
  EXPECT_EQ(say("took:1|h|#a:3"), Fate::folded);
  EXPECT_EQ(say("took:5|h|#a:4"), Fate::folded);
  EXPECT_TRUE(shows("took_count{series=\"other\"} 2")) << page();
  EXPECT_TRUE(shows("took_bucket{series=\"other\",le=\"1\"} 1"));
}

TEST_F(StatsdTable, GaugesDoNotAddUp) {
  make({.series = 1});
  say("depth:1|g|#queue:a");
  EXPECT_EQ(say("depth:1|g|#queue:b"), Fate::no_room);
  EXPECT_EQ(page().find("other"), std::string::npos);
}

TEST_F(StatsdTable, ANameHasOneType) {
  say("size:1|g");
  EXPECT_EQ(say("size:1|h"), Fate::conflict);
  EXPECT_EQ(say("size:x|s"), Fate::conflict);
  EXPECT_EQ(say("size:1|c"), Fate::taken) << "size_total is another name";
  EXPECT_TRUE(shows("size 1"));
}

TEST_F(StatsdTable, WhatIsSilentForLongIsForgottenAndItsRoomIsFree) {
  make({.series = 2, .forget_after = 10min});
  say("jobs:1|c|#a:1");
  say("jobs:1|c|#a:2");
  EXPECT_EQ(say("jobs:1|c|#a:3"), Fate::folded);
  for (int minutes = 0; minutes < 11; ++minutes) {
    now_ += 1min;
    say("jobs:1|c|#a:2");
  }
  EXPECT_EQ(page().find("a=\"1\""), std::string::npos) << page();
  EXPECT_EQ(page().find("other"), std::string::npos);
  EXPECT_EQ(say("jobs:1|c|#a:3"), Fate::taken);
}
