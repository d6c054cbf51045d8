#include "agent/transforms/syslog/syslog.hpp"

#include "agent/transforms/syslog/message.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;

namespace {

std::string through(std::string_view line) { return Flow(plan_with(transforms::syslog::make))(line); }

// Received at 2026-11-21T11:26:03.512Z.
std::string time_of(std::string_view stamp) {
  return value_in(through("<13>" + std::string(stamp) + " host app: m"), "@timestamp");
}

}  // namespace

TEST(Syslog, TakesAMessageOfRfc5424Apart) {
  const std::string out = through(
      R"(<165>1 2026-10-11T22:14:15.003Z web-1 evntslog 812 ID47 [ex@32473 iut="3" src="a\"b\]\\c\d"][two] slow answer)");
  EXPECT_EQ(value_in(out, "@timestamp"), "\"2026-10-11T22:14:15.003Z\"");
  EXPECT_EQ(value_in(out, "log.level"), "\"info\"");
  EXPECT_EQ(value_in(out, "message"), "\"slow answer\"");
  EXPECT_EQ(value_in(out, "log.syslog.priority"), "165");
  EXPECT_EQ(value_in(out, "log.syslog.facility.code"), "20");
  EXPECT_EQ(value_in(out, "log.syslog.facility.name"), "\"local4\"");
  EXPECT_EQ(value_in(out, "log.syslog.severity.name"), "\"notice\"");
  EXPECT_EQ(value_in(out, "host.name"), "\"web-1\"");
  EXPECT_EQ(value_in(out, "process.name"), "\"evntslog\"");
  EXPECT_EQ(value_in(out, "process.pid"), "812");
  EXPECT_EQ(value_in(out, "log.syslog.msgid"), "\"ID47\"");
  EXPECT_EQ(value_in(out, "log.syslog.structured_data"),
            R"({"ex@32473":{"iut":"3","src":"a\"b]\\c\\d"},"two":{}})");
  EXPECT_EQ(value_in(out, "service.name"), "\"tests-api\"");
}

TEST(Syslog, NilsAreNothingAndAMarkIsNoText) {
  const std::string out = through("<0>1 - - - - - - \xEF\xBB\xBFx");
  EXPECT_EQ(value_in(out, "@timestamp"), "\"2026-11-21T11:26:03.512Z\"") << "when it came";
  EXPECT_EQ(value_in(out, "log.level"), "\"fatal\"");
  EXPECT_EQ(value_in(out, "message"), "\"x\"");
  for (const char* key : {"process.name", "process.pid", "log.syslog.hostname", "log.syslog.structured_data"})
    EXPECT_EQ(value_in(out, key), "") << key;
  EXPECT_EQ(value_in(through("<14>1 - h a - - -"), "message"), "\"\"");
}

TEST(Syslog, APairThatIsThereTwiceBecomesAList) {
  const std::string out = through(R"(<14>1 - h a - - [o ip="1" ip="2" n=""] m)");
  EXPECT_EQ(value_in(out, "log.syslog.structured_data"), R"({"o":{"ip":["1","2"],"n":""}})");
}

TEST(Syslog, TakesWhatIsFoundOfRfc3164) {
  struct Row {
    std::string_view line, host, app, process, text;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"<34>Nov 21 11:26:03 mymachine su: failed", "mymachine", "su", "", "failed"},
           {"<13>Nov  1 11:26:03 web-1 nginx[812]: GET /", "web-1", "nginx", "812", "GET /"},
           {"<13>Nov 21 11:26:03 CRON[9]: (root) CMD", "", "CRON", "9", "(root) CMD"},
           {"<13>2026-11-21T11:26:03.5+01:00 web-1 app: m", "web-1", "app", "", "m"},
           {"<13>Nov 21 11:26:03 web-1 no tag here", "web-1", "", "", "no tag here"},
           {"<13>kernel: oops", "", "kernel", "", "oops"},
           {"<13>just words", "", "", "", "just words"},
           {"<13>Nov 41 11:26:03 web-1 a: m", "", "", "", "Nov 41 11:26:03 web-1 a: m"},
           {"<13>", "", "", "", ""}}) {
    transforms::syslog::Message message;
    EXPECT_EQ(transforms::syslog::read(row.line, core::WallTime(std::chrono::seconds(1795260363)), message),
              "");
    EXPECT_EQ(message.host, row.host) << row.line;
    EXPECT_EQ(message.app, row.app) << row.line;
    EXPECT_EQ(message.process, row.process) << row.line;
    EXPECT_EQ(message.text, row.text) << row.line;
  }
}

TEST(Syslog, ATimeWithoutYearAndZoneIsTheNearest) {
  EXPECT_EQ(time_of("Nov 21 11:26:01"), "\"2026-11-21T11:26:01.000Z\"");
  EXPECT_EQ(time_of("Nov 21 12:26:01"), "\"2026-11-21T11:26:01.000Z\"") << "one hour east";
  EXPECT_EQ(time_of("Nov 21 16:56:01"), "\"2026-11-21T11:26:01.000Z\"") << "half an hour counts";
  EXPECT_EQ(time_of("Nov 21 03:26:01"), "\"2026-11-21T11:26:01.000Z\"") << "west";
  EXPECT_EQ(time_of("Nov 19 11:26:01"), "\"2026-11-19T11:26:01.000Z\"") << "no zone is two days away";
  transforms::syslog::Message message;
  const core::WallTime new_year{std::chrono::seconds(1798761610)};  // 2027-01-01T00:00:10Z
  EXPECT_EQ(transforms::syslog::read("<13>Dec 31 23:59:58 h a: m", new_year, message), "");
  EXPECT_EQ(*message.time, new_year - std::chrono::seconds(12)) << "last year";
}

TEST(Syslog, WhatIsNoneGoesOnWholeWithTheReason) {
  for (const auto& [line, why] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"plain words", "it does not begin with a priority such as <13>"},
           {"", "it does not begin with a priority such as <13>"},
           {"<192>x", "it does not begin with a priority such as <13>"},
           {"<>x", "it does not begin with a priority such as <13>"},
           {"<1234>x", "it does not begin with a priority such as <13>"},
           {"<13", "it does not begin with a priority such as <13>"},
           {"<13>1 yesterday h a p m - x", "its time is not written as RFC 5424 has it"},
           {"<13>1 - h a p", "it ends within its head"},
           {"<13>1 - h a p m [a b=\"c] x", "its structured data is not written as RFC 5424 has it"},
           {"<13>1 - h a p m [a b=c] x", "its structured data is not written as RFC 5424 has it"},
           {"<13>1 - h a p m [] x", "its structured data is not written as RFC 5424 has it"},
           {"<13>1 - h a p m [a b=\"\\", "its structured data is not written as RFC 5424 has it"},
           {"<13>1 - h a p m x", "its structured data is not written as RFC 5424 has it"},
           {"<13>1 - h a p m -x", "its structured data is not written as RFC 5424 has it"}}) {
    const std::string out = through(line);
    EXPECT_EQ(value_in(out, "error.message"), '"' + std::string(why) + '"') << line;
  }
}
