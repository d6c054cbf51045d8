#include "agent/wal/timeline.hpp"

#include <gtest/gtest.h>

namespace outrider::wal {
namespace {

constexpr std::uint64_t MiB16 = 16 << 20;

TimelineHistory third() {
  return *read_history(3, "1\t0/3000148\tno recovery target specified\n\n2\t0/5000000\tbefore 2026-01-01\n");
}

TEST(TimelineHistory, IsReadWithItsReasons) {
  const TimelineHistory history = third();
  ASSERT_EQ(history.switches.size(), 2u);
  EXPECT_EQ(history.switches[0].timeline, 1u);
  EXPECT_EQ(history.switches[0].at, Lsn{0x3000148});
  EXPECT_EQ(history.switches[0].reason, "no recovery target specified");
  EXPECT_TRUE(history.includes(1));
  EXPECT_TRUE(history.includes(3));
  EXPECT_FALSE(history.includes(4));
}

TEST(TimelineHistory, TellsWhichTimelineHoldsAByte) {
  const TimelineHistory history = third();
  EXPECT_EQ(history.at(Lsn{0x3000147}), 1u);
  EXPECT_EQ(history.at(Lsn{0x3000148}), 2u);
  EXPECT_EQ(history.at(Lsn{0x5000000}), 3u);
  EXPECT_EQ(history.begin_of(2), Lsn{0x3000148});
  EXPECT_EQ(history.end_of(2), Lsn{0x5000000});
  EXPECT_EQ(history.begin_of(1), Lsn{0});
  EXPECT_FALSE(history.end_of(3));
}

TEST(TimelineHistory, AsksForASegmentOnTheNewestTimelineThatHasBytesInIt) {
  const TimelineHistory history = third();
  EXPECT_EQ(history.of_segment(2, MiB16), 1u);
  EXPECT_EQ(history.of_segment(3, MiB16), 2u);
  EXPECT_EQ(history.of_segment(4, MiB16), 2u);
  EXPECT_EQ(history.of_segment(5, MiB16), 3u);
}

TEST(TimelineHistory, SkipsATimelineThatWasLeftInTheSegmentItBeganIn) {
  const auto history = read_history(3, "1\t0/3000148\tx\n2\t0/3000200\ty\n");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->of_segment(2, MiB16), 1u);
  EXPECT_EQ(history->of_segment(3, MiB16), 3u);
}

TEST(TimelineHistory, IgnoresCommentsAndAMissingLastNewline) {
  const auto history = read_history(2, "# made by hand\n1 0/3000148 by hand");
  ASSERT_TRUE(history);
  EXPECT_EQ(history->switches.size(), 1u);
}

TEST(TimelineHistory, RefusesWhatCannotBeIts) {
  EXPECT_FALSE(read_history(2, "1\tnowhere\tx\n"));
  EXPECT_FALSE(read_history(2, "2\t0/3000148\tx\n"));
  EXPECT_FALSE(read_history(4, "2\t0/3000148\tx\n1\t0/4000148\tx\n"));
  EXPECT_FALSE(read_history(4, "1\t0/5000148\tx\n2\t0/4000148\tx\n"));
  EXPECT_EQ(read_history(2, "\x1f\x8b garbage").error().code, core::Errc::corrupt);
}

}  // namespace
}  // namespace outrider::wal
