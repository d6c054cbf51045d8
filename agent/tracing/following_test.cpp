#include "agent/tracing/following.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;

struct FollowingCase {
  std::optional<bool> is_kept;
  core::Duration waited;
  bool is_crowded;
  LineFate fate;
  bool goes_on, goes_on_where_undecided_is_dropped;
};

TEST(Following, WhatBecomesOfALineThatWaitsForItsTrace) {
  const FollowingCase cases[] = {
      {std::nullopt, 0s, false, LineFate::waits, true, false},
      {std::nullopt, 44999ms, false, LineFate::waits, true, false},
      {std::nullopt, 45s, false, LineFate::waited, true, false},
      {std::nullopt, 1s, true, LineFate::crowded, true, false},
      {std::nullopt, 46s, true, LineFate::waited, true, false},
      {true, 0s, false, LineFate::released, true, true},
      {true, 1h, true, LineFate::released, true, true},
      {false, 0s, false, LineFate::let_go, false, false},
      {false, 1h, true, LineFate::let_go, false, false},
  };
  FollowSettings keeps, drops;
  drops.keeps_undecided = false;
  for (const FollowingCase& one : cases) {
    const LineFate fate = fate_of(keeps, one.is_kept, one.waited, one.is_crowded);
    EXPECT_EQ(name_of(fate), name_of(one.fate)) << one.waited.count();
    EXPECT_EQ(fate_of(drops, one.is_kept, one.waited, one.is_crowded), fate);
    if (fate == LineFate::waits) continue;
    EXPECT_EQ(goes_on(keeps, fate), one.goes_on) << name_of(fate);
    EXPECT_EQ(goes_on(drops, fate), one.goes_on_where_undecided_is_dropped) << name_of(fate);
  }
}

}  // namespace
}  // namespace outrider::tracing
