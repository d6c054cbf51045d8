#include "agent/lines/bytes.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/lines/time.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::lines;
using namespace std::chrono_literals;

TEST(Json, FindsTheMembersOfAnObjectAndRefusesTheRest) {
  std::vector<Member> members;
  ASSERT_TRUE(scan_object(R"( {"a":1.50,"b":{"c":[1,{"d":null}]},"e\"":"x\n"} )", members));
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].value, "1.50");
  EXPECT_EQ(members[1].value, R"({"c":[1,{"d":null}]})");
  EXPECT_EQ(members[2].key, R"(e\")");
  EXPECT_TRUE(scan_object("{}", members));
  for (const std::string_view bad :
       {"", "[]", "1", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":01}", "{\"a\":1.}",
        "{\"a\":+1}", "{\"a\":tru}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
        "{\"a\":[1 2]}", "{\"a\":\"", "{\"a\":1e}"}) {
    EXPECT_FALSE(scan_object(bad, members)) << bad;
  }
  std::string deep = "{\"a\":";
  EXPECT_FALSE(scan_object(deep + std::string(100'000, '[') + std::string(100'000, ']') + "}", members));
}

TEST(Json, SaysWhetherAnythingIsEscaped) {
  std::vector<Member> members;
  bool escaped = true;
  ASSERT_TRUE(scan_object(R"({"a":{"b":["c"]}})", members, escaped));
  EXPECT_FALSE(escaped);
  for (const std::string_view text : {R"({"a\u0062":1})", R"({"a":{"b":["\n"]}})"}) {
    ASSERT_TRUE(scan_object(text, members, escaped)) << text;
    EXPECT_TRUE(escaped) << text;
  }
}

TEST(Bytes, AreHexadecimalDigitsOrNot) {
  const std::string digits = "0123456789abcdefABCDEF0123456789";
  EXPECT_TRUE(is_hexadecimal(digits));
  EXPECT_TRUE(is_hexadecimal(""));
  for (std::size_t at = 0; at < digits.size(); ++at) {
    for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\xC1', '\x10'}) {
      std::string spoilt = digits;
      spoilt[at] = c;
      EXPECT_FALSE(is_hexadecimal(spoilt)) << at << c;
    }
  }
}

TEST(Json, UndoesEscapes) {
  std::string buffer;
  EXPECT_EQ(string_value(R"("plain")", buffer), "plain");
  EXPECT_EQ(string_value(R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")", buffer), "\"\\/\b\f\n\r\té😀");
  EXPECT_EQ(string_value(R"("\ud83dx")", buffer), "\xEF\xBF\xBDx");
  EXPECT_EQ(string_value(R"("\ude00")", buffer), "\xEF\xBF\xBD");
}

TEST(TimeText, IsReadAsLoggersWriteIt) {
  const auto expected = core::WallTime(1795260363512ms);
  for (const std::string_view text :
       {"2026-11-21T11:26:03.512Z", "2026-11-21 11:26:03,512", "2026-11-21T13:26:03.512+02:00",
        "2026-11-21T06:26:03.512000-0500", "2026/11/21 11:26:03.512", "21/Nov/2026:12:26:03.512 +0100",
        "1795260363512", "1795260363512000", "1795260363512000000"}) {
    EXPECT_EQ(read_time(text), expected) << text;
  }
  EXPECT_EQ(read_time("2026-11-21T11:26:03Z"), core::WallTime(1795260363s));
  EXPECT_EQ(read_time("2026-11-21T11:26:03.5Z"), core::WallTime(1795260363500ms));
  EXPECT_EQ(read_time("2026-11-21T11:26:03.512345678Z"), core::WallTime(1795260363512345678ns));
  ASSERT_TRUE(read_time("1795260363.5"));
  EXPECT_EQ(*read_time("1795260363.5"), core::WallTime(1795260363500ms));
  for (const std::string_view bad :
       {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21", "12", "1e300", "nan",
        "2026-11-21T25:00:00Z", "9999-01-01T00:00:00Z", "2026-11-21T11:26:03.Z", "21/Foo/2026:11:26:03 +0000",
        "21/ovD/2026:11:26:03 +0000", "12xx-11-21T11:26:03Z", "2026-x1-21T11:26:03Z", "2026-11-x1T11:26:03Z",
        "2026-11-21Tx1:26:03Z", "2026-11-21T11:26:0xZ", "2026-11-21T11:26:03.5x2Z"}) {
    EXPECT_FALSE(read_time(bad)) << bad;
  }
}

TEST(TimeText, IsWrittenWithTheDigitsItHas) {
  const auto show = [](core::WallTime time) {
    std::string out;
    append_time(out, time);
    return out;
  };
  EXPECT_EQ(show(core::WallTime(1795260363512ms)), "2026-11-21T11:26:03.512Z");
  EXPECT_EQ(show(core::WallTime(1795260363512345us)), "2026-11-21T11:26:03.512345Z");
  EXPECT_EQ(show(core::WallTime(1ns)), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(show(core::WallTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

TEST(Json, FindsTheItemsOfAList) {
  std::vector<Member> items;
  ASSERT_TRUE(scan_list(R"([1,"a]",{"b":[2]}, []])", items));
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[2].value, R"({"b":[2]})");
  for (const std::string_view bad : {"", "{}", "[1", "[1,]", "[1]x"})
    EXPECT_FALSE(scan_list(bad, items)) << bad;
}

TEST(Json, SpecialBytesAreFoundWhereverTheyLie) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const char special : {'"', '\\', '\n', '\x1f', '\0'}) {
        std::string text(length, '\x7f');
        text[at] = special;
        std::string out;
        append_escaped(out, text);
        EXPECT_GT(out.size(), length);
        EXPECT_EQ(out.substr(0, at), text.substr(0, at));
        EXPECT_EQ(out[at], '\\');
      }
    }
  }
}

TEST(Pattern, FindsTakesApartAndSaysWhatIsWrongWithIt) {
  EXPECT_NE(Pattern("(").problem(), "");
  EXPECT_NE(Pattern("(?=a)").problem(), "") << "RE2 looks neither ahead nor back";
  const Pattern pattern("(?P<year>\\d{4})-(x)?(?P<rest>y)?");
  EXPECT_EQ(pattern.problem(), "");
  EXPECT_EQ(pattern.names(), (std::vector<std::string>{"year", "rest"}));
  std::vector<std::string_view> groups;
  ASSERT_TRUE(pattern.take_apart("in 2026-", groups));
  EXPECT_EQ(groups[0], "2026");
  EXPECT_EQ(groups[1].data(), nullptr) << "a group that took nothing";
  EXPECT_FALSE(pattern.take_apart("never", groups));
  EXPECT_EQ(pattern.find("a 2026- 2027-", 3), (std::pair<std::size_t, std::size_t>(8, 13)));
  EXPECT_EQ(pattern.find("a 2026-", 3).first, std::string_view::npos);
}
