#include "agent/net/serving/peer.hpp"

#include <gtest/gtest.h>

using namespace outrider::net;

TEST(Peer, IsTheUserThatTheKernelNamesOrNobody) {
  EXPECT_EQ(user_of(show_peer(4711, 1000)), 1000u);
  EXPECT_EQ(user_of("pid 1 uid 0"), 0u);
  EXPECT_EQ(user_of("pid 1 uid 4294967294"), 4294967294u);
  for (const char* other : {"", "unknown", "127.0.0.1:53122", "uid 0", "pid 1 uid", "pid 1 uid ",
                            "pid 1 uid 0x", "pid 1 uid -1", "pid 1 uid 4294967296", "a pid 1 uid 0"}) {
    EXPECT_EQ(user_of(other), std::nullopt) << other;
  }
}
