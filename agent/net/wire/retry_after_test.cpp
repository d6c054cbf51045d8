#include "agent/net/wire/retry_after.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

TEST(RetryAfter, IsSecondsOrATimeAndNeverMoreThanAnHour) {
  const core::WallTime now{std::chrono::seconds(1'795'260'360)};  // 2026-11-21 11:26:00
  const auto wait = [&](std::string text) {
    const net::Headers headers{{"Retry-After", std::move(text)}};
    return net::retry_after(headers, now);
  };
  EXPECT_EQ(wait("30"), core::Duration(30s));
  EXPECT_EQ(wait("Sat, 21 Nov 2026 11:26:50 GMT"), core::Duration(50s));
  EXPECT_EQ(wait("Sat, 21 Nov 2026 11:20:00 GMT"), core::Duration(0s));
  EXPECT_EQ(wait("99999"), core::Duration(1h));
  EXPECT_EQ(wait("99999999999999"), core::Duration(1h));
  for (const char* strange : {"", "soon", "-1", "3.5", "Sat, 21 Nov 2026"})
    EXPECT_FALSE(wait(strange)) << strange;
}
