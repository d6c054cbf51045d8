#include "agent/transforms/reading.hpp"
#include "agent/transforms/steps/when/when.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::steps;
using namespace outrider::transforms::testing;

namespace {

// The steps of the shelf as the configuration writes them, one after another.
ChainPlan plan_of(const std::vector<std::pair<std::string, std::string>>& steps, const std::string& format) {
  Shelf shelf;
  fill(shelf);
  auto reading = config::load_text("test", format, reading_kind());
  EXPECT_TRUE(reading) << reading.report.text();
  ChainPlan plan{*reading.value, {}, {}};
  for (const auto& [name, yaml] : steps) {
    const std::string written = name == "redact" ? yaml : "[{" + name + ": " + yaml + "}]";
    for (const auto& entry : shelf.steps()) {
      if (entry.name != (name == "redact" ? "redact" : "steps")) continue;
      auto loaded = config::load_text("test", written, entry.kind);
      EXPECT_TRUE(loaded) << loaded.report.text();
      if (loaded) plan.steps.push_back(*loaded.value);
    }
  }
  EXPECT_EQ(plan.steps.size(), steps.size());
  return plan;
}

bool goes_on(const std::string& step, const std::string& yaml, std::string_view line,
             const std::string& format = "json") {
  Flow run(plan_of({{step, yaml}}, format));
  const bool on = !run(line).empty();
  const std::vector<LeftOut> left = run.chain().left_out();
  EXPECT_EQ(left.empty(), on);
  if (!on) {
    EXPECT_EQ(left.at(0).records, 1u);
    EXPECT_EQ(left.at(0).bytes, line.size() + 1);
    EXPECT_EQ(left.at(0).stream, "child output");
  }
  return on;
}

}  // namespace

TEST(When, ALevelIsAskedForByNameOrByRank) {
  EXPECT_FALSE(goes_on("drop", "{level: debug}", R"({"level":"debug"})"));
  EXPECT_TRUE(goes_on("drop", "{level: debug}", R"({"level":"info"})"));
  EXPECT_FALSE(goes_on("drop", "{level: [trace, debug]}", R"({"level":"trace"})"));
  EXPECT_FALSE(goes_on("drop", "{below: warn}", R"({"level":"info"})"));
  EXPECT_TRUE(goes_on("drop", "{below: warn}", R"({"level":"warn"})"));
  EXPECT_FALSE(goes_on("drop", "{at_least: warn, below: error}", R"({"level":"warn"})"));
  EXPECT_TRUE(goes_on("drop", "{at_least: warn, below: error}", R"({"level":"error"})"));
}

TEST(When, WhatIsNotKnownIsNeverAReasonToLeaveOut) {
  EXPECT_TRUE(goes_on("drop", "{below: fatal}", R"({"msg":"no level"})"));
  EXPECT_TRUE(goes_on("keep", "{at_least: warn}", R"({"msg":"no level"})"));
  EXPECT_TRUE(goes_on("keep", "{fields: {app: web}}", "not read as JSON"));
  EXPECT_TRUE(goes_on("drop", "{fields: {app: web}}", "not read as JSON"));
  EXPECT_TRUE(goes_on("keep", "{fields: {log.level: [warn, error]}}", R"({"msg":"no level"})"));
  EXPECT_FALSE(goes_on("keep", "{fields: {app: web}}", R"({"msg":"read, and says no app"})"));
  EXPECT_FALSE(goes_on("keep", "{at_least: warn, fields: {app: web}}", R"({"app":"x"})"))
      << "what does not hold decides, whatever else is not known";
}

TEST(When, FieldsAreComparedAsTextAtAnyDepth) {
  EXPECT_FALSE(goes_on("drop", "{fields: {http.path: /healthz}}", R"({"http":{"path":"\/healthz"}})"));
  EXPECT_FALSE(goes_on("drop", "{fields: {http.path: /healthz}}", R"({"http.path":"/healthz"})"));
  EXPECT_FALSE(goes_on("drop", "{fields: {status: ['200', '204']}}", R"({"status":204})"));
  EXPECT_FALSE(goes_on("drop", "{fields: {agent: {matches: '^kube-'}}}", R"({"agent":"kube-probe"})"));
  EXPECT_TRUE(goes_on("drop", "{fields: {agent: {matches: '^kube-'}}}", R"({"agent":"a kube-probe"})"));
  EXPECT_TRUE(goes_on("drop", "{fields: {a: x}}", R"({"a":"x","a":"y"})"))
      << "the last counts, as in the document";
  EXPECT_FALSE(goes_on("drop", "{fields: {stream: stdout}}", "m", "text"));
}

TEST(When, AllOfOneConditionMustHoldAndOneOfAList) {
  const std::string both = "{level: info, message: '^GET '}";
  EXPECT_FALSE(goes_on("drop", both, R"({"level":"info","msg":"GET /"})"));
  EXPECT_TRUE(goes_on("drop", both, R"({"level":"info","msg":"PUT /"})"));
  EXPECT_TRUE(goes_on("drop", both, R"({"level":"warn","msg":"GET /"})"));
  const std::string either = "[{level: debug}, {message: '^GET '}]";
  EXPECT_FALSE(goes_on("drop", either, R"({"level":"debug","msg":"PUT /"})"));
  EXPECT_FALSE(goes_on("drop", either, R"({"level":"warn","msg":"GET /"})"));
  EXPECT_TRUE(goes_on("drop", either, R"({"level":"warn","msg":"PUT /"})"));
}

TEST(When, NobodyMayAskWhatNeverHolds) {
  for (const char* bad :
       {"{}", "[]", "{level: loud}", "{at_least: error, below: warn}", "{below: trace}", "{message: '('}",
        "{fields: {}}", "{fields: {a: {matches: '('}}}", "{feilds: {a: b}}"})
    EXPECT_FALSE(config::load_text("test", bad, when_kind())) << bad;
}

TEST(Steps, WhatIsLeftOutIsCountedByReasonWithAllItsBytes) {
  ChainPlan plan = plan_of({{"drop", "{level: debug}"}, {"sample", "{share: 0, below: all}"}}, "json");
  Flow run(plan);
  EXPECT_TRUE(run.lines({R"({"level":"debug"})", R"({"level":"info"})", R"({"level":"debug"})"}).empty());
  const auto left = run.chain().left_out();
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].why, Onward::filtered);
  EXPECT_EQ(left[0].records, 2u);
  EXPECT_EQ(left[0].bytes, 36u);
  EXPECT_EQ(left[1].why, Onward::sampled);
  EXPECT_TRUE(run.chain().left_out().empty()) << "told once";
}

TEST(Steps, APieceOfACutLineIsNeverLeftOut) {
  for (const auto& [name, yaml] : {std::pair("drop", "{message: x}"), std::pair("keep", "{message: y}"),
                                   std::pair("sample", "{share: 0, below: all}")}) {
    Flow run(plan_of({{name, yaml}}, "json"));
    EXPECT_FALSE(run("x", telemetry::mark_cut).empty()) << name;
    EXPECT_FALSE(run("x", telemetry::mark_continued).empty()) << name;
    EXPECT_TRUE(run("x").empty()) << name;
  }
}

TEST(Steps, AddedFieldsGiveWayToTheLinesOwnAndWinOverOurs) {
  Flow run(plan_of({{"add", "{team: 'a\"b', service.name: other, app: web}"}}, "json"));
  const std::string out = run(R"({"msg":"m","app":"mine"})");
  EXPECT_EQ(value_in(out, "team"), R"("a\"b")");
  EXPECT_EQ(value_in(out, "app"), "\"mine\"");
  EXPECT_EQ(value_in(out, "service.name"), "\"other\"");
  EXPECT_EQ(out.find("service.name"), out.rfind("service.name"));
}

TEST(Steps, RenamedFieldsKeepTheirValueAndThereIsOneOfTheName) {
  Flow run(plan_of({{"rename", "{usr: user.name, n: user.id}"}}, "json"));
  const std::string out = run(R"({"msg":"m","usr":"bob","user.name":"old","n":12.50,"x":1})");
  EXPECT_EQ(value_in(out, "user.name"), "\"bob\"");
  EXPECT_EQ(out.find("user.name"), out.rfind("user.name"));
  EXPECT_EQ(value_in(out, "user.id"), "12.50");
  EXPECT_EQ(value_in(out, "usr"), "");
  EXPECT_EQ(value_in(out, "x"), "1");
}

TEST(Steps, NoSecretEscapesByAnotherName) {
  const std::pair<std::string, std::string> redact{"redact",
                                                   "[{field: password}, {field: user.token}, email]"};
  Flow run(
      plan_of({{"rename", "{password: pw, user: u, usr: password}"}, {"rename", "{pw: p}"}, redact}, "json"));
  const std::string out = run(R"({"msg":"m","password":"hunter2","user":{"token":"t-1","id":1}})");
  EXPECT_EQ(value_in(out, "p"), "\"[redacted:password]\"");
  EXPECT_EQ(value_in(out, "u"), R"({"token":"[redacted:user.token]","id":1})");
  EXPECT_EQ(value_in(run(R"({"msg":"m","usr":"hunter2"})"), "password"), "\"[redacted:password]\"")
      << "nor one that has become a password only now";
  Flow added(plan_of({{"add", "{contact: bob@example.com}"}, redact}, "json"));
  EXPECT_EQ(value_in(added(R"({"msg":"m"})"), "contact"), "\"[redacted:email]\"");
}

TEST(Steps, RemovedFieldsAreGone) {
  Flow run(plan_of({{"remove", "[hint, x]"}}, "json"));
  const std::string out = run(R"({"msg":"m","hint":"secret","y":1,"hint":2})");
  EXPECT_EQ(out.find("hint"), std::string::npos);
  EXPECT_EQ(value_in(out, "y"), "1");
}

TEST(Steps, ALimitHoldsForEachKeyAndSparesWarningsAndWhatHasNoLevel) {
  Flow run(plan_of({{"rate_limit", "{records: 1 per 1s, by: [app]}"}}, "json"));
  const std::vector<std::string_view> burst{R"({"level":"info","app":"a"})", R"({"level":"info","app":"b"})",
                                            R"({"level":"info","app":"a"})", R"({"level":"warn","app":"a"})",
                                            R"({"app":"a"})"};
  EXPECT_EQ(run.lines(burst).size(), 4u);
  const auto left = run.chain().left_out();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].why, Onward::rate_limited);
  run.after(std::chrono::seconds(1));
  EXPECT_EQ(run.lines({burst[0], burst[0]}).size(), 1u) << "a second later there is room for one more";
}

TEST(Steps, AStepIsDoneOnlyWhenItsConditionHolds) {
  Flow run(plan_of({{"add", "{alert: 'yes'}, when: {at_least: error}"}}, "json"));
  EXPECT_EQ(value_in(run(R"({"level":"error"})"), "alert"), "\"yes\"");
  EXPECT_EQ(value_in(run(R"({"level":"warn"})"), "alert"), "");
}

TEST(Steps, TellWhatTheyDidToWhoeverAsks) {
  Flow run(plan_of({{"add", "{team: core}"}, {"drop", "{fields: {team: core}}"}}, "json"));
  std::vector<Note> notes;
  run.chain().explain_to(&notes);
  run(R"({"msg":"m"})");
  ASSERT_GE(notes.size(), 2u);
  const Note& first = notes[notes.size() - 2];
  EXPECT_EQ(first.by + ": " + first.what, "add: team");
  EXPECT_EQ(notes.back().by + ": " + notes.back().what, "drop: left out: it is what is not wanted");
}

TEST(Route, SaysWhereARecordGoesAndTheLastThatIsMeantCounts) {
  const std::string both = "{to: [archive, search]}";
  Flow run(plan_of({{"route", "{to: archive}"}}, "json"));
  telemetry::Batch batch;
  batch.records.emplace_back().text = R"({"msg":"m"})";
  run.chain().apply(batch, {});
  ASSERT_TRUE(batch.routes);
  EXPECT_EQ(*batch.routes, (telemetry::Routes{{"archive"}}));
  EXPECT_EQ(batch.records.at(0).route, 1);

  const ChainPlan two = plan_of({{"route", "{to: archive}"}, {"route", both}}, "json");
  Flow second(two);
  second.chain().serve_only("search");
  EXPECT_NE(second(R"({"msg":"m"})"), "");
  Flow third(plan_of({{"route", both}, {"route", "{to: archive}"}}, "json"));
  third.chain().serve_only("search");
  EXPECT_EQ(third(R"({"msg":"m"})"), "");
  EXPECT_EQ(third.chain().left_out().at(0).why, Onward::routed);
}

TEST(Route, NeedsADestination) {
  Shelf shelf;
  fill(shelf);
  for (const auto& entry : shelf.steps()) {
    if (entry.name != "steps") continue;
    EXPECT_TRUE(config::load_text("test", "[{route: {to: a}}, {route: {to: [b, c]}, when: {level: debug}}]",
                                  entry.kind));
    EXPECT_FALSE(config::load_text("test", "[{route: {to: []}}]", entry.kind));
    EXPECT_FALSE(config::load_text("test", "[{route: {}}]", entry.kind));
  }
}

TEST(RateLimit, WhatIsCaughtUpWithIsJudgedByWhenItWasWritten) {
  const core::WallTime now{std::chrono::hours(500'000)};
  // Read within a second: a record for each second of the past hour, twice.
  const auto go_on = [now](core::WallTime wall, core::Duration apart) {
    Flow run(plan_of({{"rate_limit", "{records: 1 per 1s, below: all}"}}, "text"));
    telemetry::Batch batch;
    for (int i = 0; i < 200; ++i) {
      telemetry::Record& record = batch.records.emplace_back();
      record.text = "m";
      record.time = now - std::chrono::hours(1) + i / 2 * apart;
    }
    run.chain().apply(batch, {}, wall);
    return batch.records.size();
  };
  EXPECT_EQ(go_on(now, std::chrono::seconds(1)), 100u);
  EXPECT_EQ(go_on(now, std::chrono::seconds(0)), 1u) << "a burst was a burst then, too";
  EXPECT_EQ(go_on(now - std::chrono::hours(2), std::chrono::seconds(1)), 1u)
      << "what says that it comes from the future comes now";
  EXPECT_EQ(go_on({}, std::chrono::seconds(1)), 1u) << "without a clock on the wall it is as if it came now";
}
