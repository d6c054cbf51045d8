#include "agent/supervise/starts/in_vain.hpp"

#include "agent/os/random.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

TEST(InVain, IsNewsOnceForEachReasonAndAgainWhenItWasOver) {
  InVain asked;
  asked.add("no socket");
  EXPECT_FALSE(asked.is_old_news());
  asked.add("no socket");
  EXPECT_TRUE(asked.is_old_news());
  asked.add("no rights");
  EXPECT_FALSE(asked.is_old_news());
  asked.over();
  EXPECT_FALSE(asked.is_old_news());
  asked.add("no rights");
  EXPECT_FALSE(asked.is_old_news());
}

TEST(InVain, WaitsLongerAndLongerButNotForMinutes) {
  const auto random = os::make_seeded_random(1);
  InVain asked;
  core::Duration before{};
  for (int attempt = 0; attempt < 4; ++attempt) {
    asked.add("no socket");
    const core::Duration wait = asked.wait(1s, *random);
    EXPECT_GT(wait, before) << attempt;
    before = wait;
  }
  for (int attempt = 0; attempt < 100; ++attempt) asked.add("no socket");
  EXPECT_GE(asked.wait(1s, *random), 20s);
  EXPECT_LE(asked.wait(1s, *random), InVain::longest_wait);
  EXPECT_LE(asked.wait(1h, *random), InVain::longest_wait);
}
