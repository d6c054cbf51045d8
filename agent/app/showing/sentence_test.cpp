#include "agent/app/showing/sentence.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(Readiness, NeedsAnAgentThatHasBegunAndBothRiversTurning) {
  core::Status status;
  status.rivers = {{.name = "decide", .turning = true}, {.name = "carry", .turning = true}};
  EXPECT_EQ(app::why_not_ready(status, true, false), "");
  EXPECT_EQ(app::why_not_ready(status, false, false), "outrider is starting");
  EXPECT_EQ(app::why_not_ready(status, true, true), "outrider is stopping");
  status.rivers[1].turning = false;
  EXPECT_EQ(app::why_not_ready(status, true, false), "the river carry does not turn");
}
