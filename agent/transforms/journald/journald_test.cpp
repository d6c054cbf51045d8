#include "agent/telemetry/envelope.hpp"
#include "agent/transforms/reading.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

std::string entry(std::string_view writer, std::string_view text, bool partial = false,
                  std::string_view fields =
                      R"({"process.pid":42,"service.name":"nginx","process.command_line":"a \"b\""})") {
  std::string out;
  telemetry::append_envelope(out, {writer, fields, text, partial});
  return out;
}

ChainPlan plan(const std::string& inside = "") {
  if (inside.empty()) return {default_reading("journald"), {}, {}};
  return {reading_of("journald", default_reading(inside)), {}, {}};
}

}  // namespace

TEST(Journald, TheFieldsOfAnEntryStandBesideItsMessage) {
  Flow run(plan());
  EXPECT_EQ(run(entry("42", "GET /")),
            R"({"@timestamp":"2026-11-21T11:26:03.512Z","message":"GET /","process.pid":42,)"
            R"("service.name":"nginx","process.command_line":"a \"b\"","event.dataset":"tests-api",)"
            R"("stream":"stdout","log.generation":3,"log.offset":42})");
  EXPECT_EQ(value_in(run("no more than a line"), "message"), R"("no more than a line")");
}

TEST(Journald, WhatAMessageSaysItselfCountsForMore) {
  for (const std::string inside : {"", "json"}) {
    Flow run(plan(inside));
    const std::string out = run(entry("42", R"({"msg":"m","level":"warn","process.pid":1})"));
    EXPECT_EQ(value_in(out, "message"), R"("m")");
    EXPECT_EQ(value_in(out, "log.level"), R"("warn")");
    EXPECT_EQ(value_in(out, "process.pid"), "1");
    EXPECT_EQ(value_in(out, "service.name"), R"("nginx")");
  }
}

TEST(Journald, WhatIsNotWrittenAsItShouldBeKeepsItsFields) {
  Flow run(plan("json"));
  const std::string out = run(entry("42", "plain"));
  EXPECT_EQ(value_in(out, "message"), R"("plain")");
  EXPECT_EQ(value_in(out, "process.pid"), "42");
  EXPECT_NE(value_in(out, "error.message"), "");
}

TEST(Journald, TheFormatIsOneOfTheMessageAndNotOfTheEntry) {
  EXPECT_EQ(reading_of("journald", default_reading("logfmt")).name, "journald logfmt");
  EXPECT_EQ(reading_of("journald", std::nullopt).name, "journald");
  EXPECT_EQ(reading_of("journald", default_reading("cri")).name, "cri");
  EXPECT_EQ(reading_of("json", default_reading("text")).name, "text");
}

TEST(Journald, PartsOfALineFindEachOtherAcrossOtherWriters) {
  Flow run(plan("text"));
  EXPECT_EQ(run(entry("42", "half", true)), "");
  EXPECT_EQ(value_in(run(entry("7", "other", false, R"({"process.pid":7})")), "process.pid"), "7");
  const std::string out = run(entry("42", " whole"));
  EXPECT_EQ(value_in(out, "message"), R"("half whole")");
  EXPECT_EQ(value_in(out, "process.pid"), "42");
  EXPECT_EQ(run(entry("42", "lost half", true)), "");
  EXPECT_EQ(run.after(10s).size(), 1u);
}

TEST(Journald, TracesAreJoinedByProcessAndKeepTheirFields) {
  ChainPlan joined = plan("text");
  joined.joining.make = [] {
    class Indented final : public Joiner {
      Belongs look(std::string_view line) override {
        return line.starts_with(' ') ? Belongs::yes : Belongs::no;
      }
    };
    return std::make_unique<Indented>();
  };
  Flow run(joined);
  const std::string a1 = entry("42", "Exception"), b1 = entry("7", "other", false, R"({"process.pid":7})");
  const std::string a2 = entry("42", "  at x"), b2 = entry("7", "  at y", false, R"({"process.pid":7})");
  EXPECT_EQ(run.lines({a1, b1, a2, b2}).size(), 0u);
  const auto out = run.after(5s);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(value_in(out[0], "message"), R"("Exception\n  at x")");
  EXPECT_EQ(value_in(out[0], "process.pid"), "42");
  EXPECT_EQ(value_in(out[1], "message"), R"("other\n  at y")");
  EXPECT_EQ(value_in(out[1], "process.pid"), "7");
}
