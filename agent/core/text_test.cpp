#include "agent/core/text.hpp"

#include <array>

#include <gtest/gtest.h>

using namespace outrider::core;
using namespace std::chrono_literals;

TEST(Duration, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(read_duration("250ms"), 250ms);
  EXPECT_EQ(read_duration("5s"), 5s);
  EXPECT_EQ(read_duration("1h30m"), 90min);
  EXPECT_EQ(read_duration("1.5h"), 90min);
  EXPECT_EQ(read_duration("2d"), 48h);
  EXPECT_EQ(read_duration("0"), 0s);
}

TEST(Duration, WithoutUnitOrWithRubbishIsRefused) {
  for (const char* text : {"", "5", "s", "-5s", "5 parsecs", "5s!", "1e3s", "nan", "99999999999d"})
    EXPECT_FALSE(read_duration(text)) << text;
}

TEST(Duration, IsShownShort) {
  EXPECT_EQ(show_duration(0s), "0s");
  EXPECT_EQ(show_duration(5s), "5s");
  EXPECT_EQ(show_duration(90min), "1h30m");
  EXPECT_EQ(show_duration(1530ms), "1.53s");
  EXPECT_EQ(show_duration(250us), "250us");
  EXPECT_EQ(show_duration(3723s), "1h2m3s");
  EXPECT_EQ(show_duration(61234ms), "1m1s");
  EXPECT_EQ(show_duration(-2s), "-2s");
}

TEST(Bytes, AreReadAndShown) {
  EXPECT_EQ(read_bytes("64KiB"), 65536u);
  EXPECT_EQ(read_bytes("10 MiB"), 10485760u);
  EXPECT_EQ(read_bytes("1GB"), 1000000000u);
  EXPECT_EQ(read_bytes("512"), 512u);
  for (const char* text : {"", "-1", "ten", "5 bananas", "1KiB2"}) EXPECT_FALSE(read_bytes(text)) << text;
  EXPECT_EQ(show_bytes(512), "512 B");
  EXPECT_EQ(show_bytes(8 << 20), "8 MiB");
}

TEST(Time, IsShownInUtcWithMilliseconds) {
  const WallTime time{1'700'000'000'512ms};
  EXPECT_EQ(show_time(time), "2023-11-14T22:13:20.512Z");
  EXPECT_EQ(show_clock(time), "22:13:20.512");
}

TEST(Nearest, FindsTheKeyThatWasMeantAndOnlyThat) {
  const std::array<std::string_view, 3> keys{"timeout", "every", "fail_after"};
  EXPECT_EQ(nearest("timeuot", keys.begin(), keys.end()), "timeout");
  EXPECT_EQ(nearest("fail-after", keys.begin(), keys.end()), "fail_after");
  EXPECT_EQ(nearest("zebra", keys.begin(), keys.end()), "");
}
