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
  for (const char* text :
       {"", "5", "s", "-5s", "5 parsecs", "5s!", "1e3s", "nan", "NaNms", "infs", "+5s", "99999999999d"})
    EXPECT_FALSE(read_duration(text)) << text;
}

TEST(Duration, IsShownShort) {
  EXPECT_EQ(show_duration(0s), "0s");
  EXPECT_EQ(show_duration(5s), "5s");
  EXPECT_EQ(show_duration(90min), "1h30m");
  EXPECT_EQ(show_duration(1530ms), "1.53s");
  EXPECT_EQ(show_duration(250us), "250us");
  EXPECT_EQ(show_duration(999'700us), "1s");
  EXPECT_EQ(show_duration(999'400us), "999ms");
  EXPECT_EQ(show_duration(3723s), "1h2m3s");
  EXPECT_EQ(show_duration(61234ms), "1m1s");
  EXPECT_EQ(show_duration(-2s), "-2s");
}

TEST(Bytes, AreReadAndShown) {
  EXPECT_EQ(read_bytes("64KiB"), 65536u);
  EXPECT_EQ(read_bytes("10 MiB"), 10485760u);
  EXPECT_EQ(read_bytes("1GB"), 1000000000u);
  EXPECT_EQ(read_bytes("512"), 512u);
  for (const char* text : {"", "-1", "ten", "5 bananas", "1KiB2", "infKiB", "nan"})
    EXPECT_FALSE(read_bytes(text)) << text;
  EXPECT_EQ(show_bytes(512), "512 B");
  EXPECT_EQ(show_bytes(8 << 20), "8 MiB");
}

TEST(Time, IsShownInUtcWithMilliseconds) {
  const WallTime time{1'700'000'000'512ms};
  EXPECT_EQ(show_time(time), "2023-11-14T22:13:20.512Z");
  EXPECT_EQ(show_clock(time), "22:13:20.512");
}

TEST(Time, ReadsBackWhatItShows) {
  const WallTime time{1'700'000'000'512ms};
  EXPECT_EQ(read_time(show_time(time)), time);
  EXPECT_EQ(read_time("2023-11-14T22:13:20Z"), WallTime{1'700'000'000s});
  for (const char* text : {"", "Z", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-11-14 22:13:20Z",
                           "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20.1234567890Z", "9999-01-01T00:00:00Z",
                           "2023-11-14T22:13:20.5x2Z", "2023-02-30T00:00:00Z"}) {
    EXPECT_FALSE(read_time(text)) << text;
  }
}

TEST(Age, IsToldInTheTwoUnitsThatMatter) {
  EXPECT_EQ(show_age(0s), "0 s");
  EXPECT_EQ(show_age(-5s), "0 s");
  EXPECT_EQ(show_age(59900ms), "59 s");
  EXPECT_EQ(show_age(200s), "3 min 20 s");
  EXPECT_EQ(show_age(2h), "2 h");
  EXPECT_EQ(show_age(2h + 5min + 9s), "2 h 5 min");
  EXPECT_EQ(show_age(24h), "1 day");
  EXPECT_EQ(show_age(76h), "3 days 4 h");
}

TEST(Text, IsUtf8OnceCleaned) {
  EXPECT_EQ(clean_utf8("plain, \xC3\xA9 and \xF0\x9F\x90\xA6"), "plain, \xC3\xA9 and \xF0\x9F\x90\xA6");
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(clean_utf8("a\xFFz"), "a" + mark + "z");
  EXPECT_EQ(clean_utf8("\xC0\xAF"), mark + mark) << "an overlong slash";
  EXPECT_EQ(clean_utf8("\xED\xA0\x80"), mark + mark + mark) << "a surrogate";
  EXPECT_EQ(clean_utf8("cut \xE2\x82"), "cut " + mark + mark);
}

TEST(Nearest, FindsTheKeyThatWasMeantAndOnlyThat) {
  const std::array<std::string_view, 3> keys{"timeout", "every", "fail_after"};
  EXPECT_EQ(nearest("timeuot", keys.begin(), keys.end()), "timeout");
  EXPECT_EQ(nearest("fail-after", keys.begin(), keys.end()), "fail_after");
  EXPECT_EQ(nearest("zebra", keys.begin(), keys.end()), "");
}
