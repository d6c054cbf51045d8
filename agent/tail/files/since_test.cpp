#include "agent/tail/files/part.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::tail;

TEST(Since, TellsNothingOnceTheClockWasMovedBack) {
  using namespace std::chrono;
  const core::WallTime noted = sys_days(2026y / November / 28) + 14h;
  Part part;
  part.since = noted.time_since_epoch() / 1ns;
  EXPECT_EQ(since_of(part, noted + 1min), part.since);
  EXPECT_EQ(since_of(part, noted - 1h), 0) << "a copy made now would be taken for an old one";
}
