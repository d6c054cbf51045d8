#include "agent/sources/statsd/statsd_source.hpp"
#include "agent/sources/test_house.hpp"

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

constexpr const char* address = "127.0.0.1:8125";

class StatsdSource : public sources::testing::SourceTest {
 protected:
  StatsdSource() { settings_.listen = address; }
  ~StatsdSource() override { stop(); }

  void say(std::string datagram) {
    EXPECT_TRUE(streams_.send(address, std::move(datagram)));
    clock_.settle();
  }
  std::string asked_page() {
    nursery_.start(board_.freshen(clock_, 200ms));
    clock_.settle();
    return page();
  }
  bool asked_shows(const std::string& line) {
    return ("\n" + asked_page()).find("\n" + line + "\n") != std::string::npos;
  }
  bool counts(const std::string& name, const std::string& labels, int count) const {
    return meters().find(name + "{" + labels + "} " + std::to_string(count) + "\n") != std::string::npos;
  }

  statsd::Settings settings_;
};

}  // namespace

TEST_F(StatsdSource, ShowsWhatWasSaidWhenThePageIsAskedFor) {
  resource_.service = "tests-api";
  settings_.labels = {{"via", "statsd"}};
  start(statsd::make(tools_, settings_));
  say("jobs:1|c\njobs:2|c\r\n\ndepth:3|g");
  EXPECT_TRUE(asked_shows("jobs_total{via=\"statsd\",service=\"tests-api\"} 3")) << page();
  EXPECT_TRUE(shows("depth{via=\"statsd\",service=\"tests-api\"} 3"));
  say("jobs:4|c");
  EXPECT_TRUE(asked_shows("jobs_total{via=\"statsd\",service=\"tests-api\"} 7"));
  EXPECT_TRUE(counts("outrider_statsd_lines_total", "listener=\"127.0.0.1:8125\"", 4)) << meters();
  EXPECT_EQ(source_->status().up, core::Standing::ok);
  EXPECT_EQ(source_->status().detail, "2 series");
}

TEST_F(StatsdSource, WhatIsNotUnderstoodIsCountedAndSaidOnceAMinute) {
  start(statsd::make(tools_, settings_));
  say("fine:1|c\nnonsense\nfine:x|c\n_e{1,1}:a|b\nfine:1|c");
  say("bad\x01line");
  EXPECT_TRUE(asked_shows("fine_total 2")) << "the rest of a datagram counts";
  const std::string listener = "listener=\"127.0.0.1:8125\"";
  EXPECT_TRUE(counts("outrider_statsd_bad_lines_total", listener + ",reason=\"syntax\"", 2)) << meters();
  EXPECT_TRUE(counts("outrider_statsd_bad_lines_total", listener + ",reason=\"value\"", 1));
  EXPECT_TRUE(counts("outrider_statsd_bad_lines_total", listener + ",reason=\"unsupported\"", 1));
  EXPECT_EQ(log_.saying("A line of StatsD was not understood").size(), 1u);
  EXPECT_EQ(source_->status().detail, "1 series; not understood was at last syntax: bad line");
  clock_.advance(61s);
  say("worse");
  EXPECT_EQ(log_.saying("A line of StatsD was not understood").size(), 2u);
}

TEST_F(StatsdSource, TooManySeriesAreFoldedCountedAndSaid) {
  settings_.bounds.series = 2;
  start(statsd::make(tools_, settings_));
  for (int i = 0; i < 10; ++i) say("jobs:1|c|#user:" + std::to_string(i));
  say("depth:1|g");
  EXPECT_TRUE(asked_shows("jobs_total{series=\"other\"} 8")) << page();
  EXPECT_TRUE(counts("outrider_statsd_folded_lines_total", "listener=\"127.0.0.1:8125\"", 8)) << meters();
  EXPECT_TRUE(counts("outrider_statsd_dropped_lines_total", "listener=\"127.0.0.1:8125\"", 1));
  EXPECT_EQ(log_.saying("As many series over StatsD as may be").size(), 1u);
}

TEST_F(StatsdSource, ADatagramThatWasCutLosesItsLastLineOnly) {
  start(statsd::make(tools_, settings_));
  std::string long_one = "jobs:1|c\n";
  long_one += "x:1|c|#t:" + std::string(70'000, 'y');
  say(long_one);
  EXPECT_TRUE(asked_shows("jobs_total 1"));
  EXPECT_TRUE(counts("outrider_statsd_bad_lines_total", "listener=\"127.0.0.1:8125\",reason=\"cut\"", 1))
      << meters();
}

TEST_F(StatsdSource, APortThatIsInUseIsTriedAgain) {
  auto other = streams_.receive(loop_.get_executor(), address);
  start(statsd::make(tools_, settings_));
  EXPECT_EQ(source_->status().up, core::Standing::not_ok);
  EXPECT_NE(meters().find("outrider_scrape_up{target=\"statsd 127.0.0.1:8125\"} 0"), std::string::npos)
      << meters();
  other->reset();
  clock_.advance(10s);
  EXPECT_EQ(source_->status().up, core::Standing::ok);
  EXPECT_NE(meters().find("outrider_scrape_up{target=\"statsd 127.0.0.1:8125\"} 1"), std::string::npos);
  say("jobs:1|c");
  EXPECT_TRUE(asked_shows("jobs_total 1"));
}
