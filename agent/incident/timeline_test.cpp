#include "agent/incident/timeline.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

struct TimelineTest : testing::Test {
  boost::asio::io_context loop;
  os::SimClock clock{loop};
  prometheus::Registry registry;
  incident::Timeline timeline{loop.get_executor(), clock, registry, 3};

  void record(const std::string& sentence) {
    timeline.record(core::EventKind::decision, "tests-api", sentence);
  }
};

core::Task<void> follow(incident::Timeline& timeline, std::vector<std::string>& seen) {
  std::uint64_t last = 0;
  for (;;) {
    co_await timeline.wait_for_news(last);
    for (const auto& event : timeline.after(last)) {
      seen.push_back(event.sentence);
      last = event.sequence;
    }
  }
}

}  // namespace

TEST_F(TimelineTest, KeepsTheNewestAndNumbersThemForGood) {
  for (const char* sentence : {"a", "b", "c", "d"}) record(sentence);
  EXPECT_EQ(timeline.last_sequence(), 4u);
  EXPECT_EQ(timeline.forgotten(), 1u);
  const auto all = timeline.after(0);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].sentence, "b");
  EXPECT_EQ(all[0].sequence, 2u);
  ASSERT_EQ(timeline.after(3).size(), 1u);
  EXPECT_EQ(timeline.after(3)[0].sentence, "d");
  EXPECT_TRUE(timeline.after(4).empty());
  EXPECT_EQ(timeline.after(0, 1)[0].sentence, "b");
  EXPECT_EQ(timeline.newest(2)[0].sentence, "c");
  EXPECT_EQ(timeline.newest(99).size(), 3u);
}

TEST_F(TimelineTest, StampsBothClocksAndCountsByKind) {
  clock.advance(5s);
  record("a");
  const auto event = timeline.after(0)[0];
  EXPECT_EQ(event.at, clock.now());
  EXPECT_EQ(event.wall, clock.wall());
  const std::string metrics = prometheus::TextSerializer().Serialize(registry.Collect());
  EXPECT_NE(metrics.find("outrider_incident_events_total{kind=\"decision\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("outrider_incident_events_total{kind=\"trouble\"} 0"), std::string::npos);
}

TEST_F(TimelineTest, AFollowerSeesEachEventOnceInOrder) {
  std::vector<std::string> seen;
  async::Nursery nursery(loop.get_executor());
  nursery.start(follow(timeline, seen));
  record("before");
  clock.settle();
  record("one");
  record("two");
  clock.settle();
  EXPECT_EQ(seen, (std::vector<std::string>{"before", "one", "two"}));
  nursery.cancel();
  clock.settle();
  EXPECT_EQ(nursery.size(), 0u);
}
