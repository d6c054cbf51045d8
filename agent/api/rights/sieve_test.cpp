#include "agent/api/rights/sieve.hpp"

#include <gmock/gmock.h>

using namespace outrider;
using namespace std::chrono_literals;
using ::testing::Optional;

TEST(Sieve, LetsTenAMinuteThroughAndThenSaysHowManyItLeftOut) {
  api::Sieve sieve;
  const core::Instant began{1h};
  for (int i = 0; i < 10; ++i) EXPECT_THAT(sieve.let_through(began + i * 1s), Optional(0U)) << i;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(sieve.let_through(began + 20s), std::nullopt);
  EXPECT_THAT(sieve.let_through(began + 60s), Optional(1000U));
  EXPECT_THAT(sieve.let_through(began + 61s), Optional(0U));
}
