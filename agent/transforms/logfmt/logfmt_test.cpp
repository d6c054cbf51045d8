#include "agent/transforms/logfmt/logfmt.hpp"

#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

std::string through(std::string_view line) { return Flow(plan_with(transforms::logfmt::make))(line); }

}  // namespace

TEST(Logfmt, TakesPairsWithAndWithoutQuotes) {
  const std::string out = through(
      R"(ts=2026-11-21T11:00:00Z level=WARN msg="a \"b\"\tc" path=/r?x=1 empty= took="8 ms" n=12 flag)");
  EXPECT_EQ(value_in(out, "@timestamp"), "\"2026-11-21T11:00:00.000Z\"");
  EXPECT_EQ(value_in(out, "log.level"), "\"warn\"");
  EXPECT_EQ(value_in(out, "message"), R"("a \"b\"\tc")");
  EXPECT_EQ(value_in(out, "path"), "\"/r?x=1\"");
  EXPECT_EQ(value_in(out, "empty"), "\"\"");
  EXPECT_EQ(value_in(out, "took"), "\"8 ms\"");
  EXPECT_EQ(value_in(out, "n"), "\"12\"") << "logfmt has no types";
  EXPECT_EQ(value_in(out, "flag"), "\"true\"");
  EXPECT_EQ(value_in(out, "error.message"), "");
}

TEST(Logfmt, WordsBeforeTheFirstPairAreTheMessage) {
  const std::string out = through("  slow answer path=/results");
  EXPECT_EQ(value_in(out, "message"), "\"slow answer\"");
  EXPECT_EQ(value_in(out, "path"), "\"/results\"");
  EXPECT_EQ(value_in(through("slow msg=m"), "message"), "\"m\"") << "a key for it wins";
}

TEST(Logfmt, WhatIsNoLogfmtPassesWholeWithTheReason) {
  for (const auto& [line, why] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"just words", "it has no key=value"},
           {"", "it has no key=value"},
           {"a=\"open", "a quote is not closed in it"},
           {"a=\"open\\", "a quote is not closed in it"},
           {"=x", "it is not written as key=value"},
           {"say \"hi\" a=1", "it is not written as key=value"}}) {
    const std::string out = through(line);
    EXPECT_EQ(value_in(out, "error.message"), '"' + std::string(why) + '"') << line;
    std::string escaped;
    transforms::append_escaped(escaped, line);
    EXPECT_EQ(value_in(out, "message"), '"' + escaped + '"');
    EXPECT_EQ(value_in(out, "log.flags"), R"(["unparsed"])");
  }
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "a=1 ";
  EXPECT_EQ(value_in(through(many), "error.message"), "\"it has more than 1024 keys\"");
}
