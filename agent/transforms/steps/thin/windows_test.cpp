#include "agent/transforms/steps/thin/windows.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::steps;
using namespace std::chrono_literals;

namespace {

constexpr core::WallTime noon{1'795'262'400s};

}  // namespace

TEST(Windows, AllowEachPeriodItsOwnInWhateverOrder) {
  Windows windows(2, 10s);
  EXPECT_TRUE(windows.take("a", noon + 20s));
  EXPECT_TRUE(windows.take("a", noon));
  EXPECT_TRUE(windows.take("a", noon + 29s));
  EXPECT_FALSE(windows.take("a", noon + 25s));
  EXPECT_TRUE(windows.take("a", noon + 9s));
  EXPECT_FALSE(windows.take("a", noon + 1s));
  EXPECT_TRUE(windows.take("b", noon + 1s));
}

TEST(Windows, AreBounded) {
  Windows windows(1, 1s);
  for (std::size_t i = 0; i < 2 * Windows::most; ++i) EXPECT_TRUE(windows.take("a", noon + i * 1s));
  EXPECT_EQ(windows.size(), Windows::most);
  EXPECT_FALSE(windows.take("a", noon + (2 * Windows::most - 1) * 1s));
}
