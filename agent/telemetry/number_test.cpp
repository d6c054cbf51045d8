#include "agent/telemetry/number.hpp"

#include "agent/telemetry/exposition.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

using namespace outrider::telemetry;

namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

}  // namespace

TEST(Number, IsShortAndReadsBack) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(5), "5");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(123456789012345), "123456789012345");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  for (const double value : {1.0 / 3, 5e-324, 1.7976931348623157e308, -2.5e-7, 9007199254740993.0}) {
    EXPECT_EQ(read_number(number(value)), value);
  }
}

TEST(Gzip, IsSmallerAndStartsAsGzipDoes) {
  const std::string packed = gzip(std::string(100'000, 'x'));
  EXPECT_LT(packed.size(), 1000u);
  EXPECT_EQ(packed.substr(0, 2), "\x1F\x8B");
}
