#include "agent/alert/conditions/condition.hpp"

#include "agent/alert/testing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::alert;
using namespace outrider::alert::testing;
using namespace std::chrono_literals;

namespace {

const Condition* find(const View& view, const std::string& key) {
  const auto found = std::ranges::find(view.conditions, key, &Condition::key);
  return found == view.conditions.end() ? nullptr : &*found;
}

// The keys that nothing explains.
std::vector<std::string> told(const View& view) {
  std::vector<std::string> keys;
  const auto roots = roots_of(view.conditions);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (roots[i].empty()) keys.push_back(view.conditions[i].key);
  }
  return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST(Conditions, WhenAllIsWellThereAreNone) {
  EXPECT_TRUE(view_of(well()).conditions.empty());
  EXPECT_TRUE(view_of(well()).unclear.empty());
}

TEST(Conditions, ASickServiceAndItsProbeAreOneTrouble) {
  const View view = view_of(sick());
  EXPECT_EQ(told(view), Keys{"ServiceDown/tests-api"});
  EXPECT_EQ(find(view, "ServiceDown/tests-api")->severity, core::Severity::critical);
  EXPECT_NE(find(view, "ProbeFailing/ready"), nullptr);
}

TEST(Conditions, ADependencyExplainsTheServiceAndAllThatComesOfIt) {
  core::Status status = sick();
  status.service.causes = {"database"};
  status.service.budget_left = 0;
  status.probes.push_back(probe("database", core::State::healthy, true));
  status.probes.back().last = core::Standing::not_ok;  // it has only begun to fail
  const View view = view_of(status);
  EXPECT_EQ(told(view), Keys{"ProbeFailing/database"});
  EXPECT_EQ(view.conditions.size(), 4u);
}

TEST(Conditions, TheCauseOfTheCauseIsNamed) {
  core::Status status = sick();
  status.service.causes = {"accounts-api", "postgres"};  // as the agent beside accounts-api says it
  status.probes.push_back(probe("accounts", core::State::sick, true));
  const View view = view_of(status);
  EXPECT_EQ(told(view), Keys{"ProbeFailing/accounts"});
  EXPECT_EQ(find(view, "ProbeFailing/accounts")->sentence, "dependency accounts fails because of postgres");
  EXPECT_EQ(find(view, "ServiceDown/tests-api")->sentence,
            "tests-api is sick because of accounts-api because of postgres");
}

TEST(Conditions, ADependencyThatIsBackExplainsUntilTheServiceIsWell) {
  core::Status status = sick();
  status.service.causes = {"database"};
  status.probes.push_back(probe("database", core::State::healthy, true));
  const View view = view_of(status);
  EXPECT_EQ(told(view), Keys{"ProbeFailing/database"}) << "and nobody is paged for the service in between";
  EXPECT_EQ(find(view, "ProbeFailing/database")->sentence,
            "dependency database is back, and tests-api is not well yet");
}

TEST(Conditions, AnIncidentIsNamedWhileItIsOpenOrNew) {
  core::Status status = sick();
  status.incidents = {{"tests-api-1", "hang", "tests-api hung", noon - 1h, {}, "", 0}};
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->incident, "tests-api-1");
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->next, "outrider incident show tests-api-1");
  status.incidents.front().closed = noon - 30min;
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->incident, "") << "of an hour ago, and over";
  status.incidents.front().opened = noon - 1min;
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->incident, "tests-api-1");
}

TEST(Conditions, ParkedRecordsAndABrokenTrailAreTold) {
  core::Status status = well();
  status.streams.resize(2);
  for (core::StreamStatus& stream : status.streams) {
    stream.sink = "elasticsearch es:9200";
    stream.parked = 3;
  }
  status.audit_trouble = status.audit_broken = "audit.jsonl:7: the hash does not fit";
  EXPECT_EQ(told(view_of(status)),
            (Keys{"AuditChainBroken/audit", "OutriderRecordsParked/elasticsearch es:9200"}));
  status.audit_trouble = "No space left on device";
  EXPECT_NE(find(view_of(status), "AuditWriteFailing/audit"), nullptr) << "both at once";
}

TEST(Conditions, MaintenanceExpectsTheServiceToBeDownAndNothingElse) {
  core::Status status = sick();
  status.season.maintenance = "until noon (new disks)";
  status.audit_trouble = "No space left on device";
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->expected, "maintenance until noon (new disks)");
  EXPECT_EQ(find(view_of(status), "AuditWriteFailing/audit")->expected, "");
}

TEST(Conditions, InATimeThatMattersMoreAWarningIsCritical) {
  core::Status status = well();
  status.scrapes = {{"http://there/metrics", core::Standing::not_ok, "refused", 0, noon}};
  EXPECT_EQ(view_of(status).conditions.front().severity, core::Severity::warning);
  status.season.raised = "until tonight (exams)";
  EXPECT_EQ(view_of(status).conditions.front().severity, core::Severity::critical);
}

TEST(Conditions, UnknownIsToldAsUnknownAndEndsNothing) {
  core::Status status = well();
  status.service.state = core::State::unknown;
  status.service.why = "ready could not be asked";
  status.probes = {probe("ready", core::State::unknown)};
  const View view = view_of(status);
  EXPECT_EQ(told(view), Keys{"ServiceUnknown/tests-api"});
  EXPECT_EQ(find(view, "ServiceUnknown/tests-api")->sentence, "cannot tell whether tests-api is well");
  EXPECT_EQ(find(view, "ServiceUnknown/tests-api")->severity, core::Severity::unknown);
  EXPECT_NE(std::ranges::find(view.unclear, "ServiceDown/tests-api"), view.unclear.end());
}

TEST(Conditions, WhatOutriderIsMendingWakesNobodyYet) {
  core::Status status = well();
  status.service.phase = "waiting";
  status.service.since = noon - 2s;
  status.service.last_exit = "tests-api exited with code 1";
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->severity, core::Severity::warning);
  status.service.since = noon - 2min;
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->severity, core::Severity::critical)
      << "it takes too long";
  status.service.phase = "given up";
  status.service.since = noon;
  status.service.budget_left = 0;
  const View view = view_of(status);
  EXPECT_EQ(told(view), Keys{"ServiceDown/tests-api"});
  EXPECT_EQ(find(view, "ServiceDown/tests-api")->name, "CrashLoop");
  EXPECT_EQ(find(view, "ServiceDown/tests-api")->severity, core::Severity::critical);
}

TEST(Conditions, WhatNoRestartMendsIsHandedToAHumanAtOnce) {
  core::Status status = sick();
  status.service.last_restart = noon - 3s;  // else it would be given a minute
  EXPECT_EQ(find(view_of(status), "ServiceDown/tests-api")->severity, core::Severity::warning);
  status.service.rung = "human";
  const View view = view_of(status);
  const Condition* const found = find(view, "ServiceDown/tests-api");
  EXPECT_EQ(found->name, "HandedToHuman");
  EXPECT_EQ(found->severity, core::Severity::critical);
  EXPECT_EQ(found->sentence, "tests-api is sick, and no restart has mended it");
}

TEST(Conditions, ARestartThatHelpedIsNewsForAMoment) {
  core::Status status = well();
  status.service.last_restart = noon - 3s;
  status.service.last_restart_reason = "tests-api exited with code 1 after 2h";
  const Condition* found = nullptr;
  const View view = view_of(status);
  found = find(view, "ServiceDown/tests-api");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, core::Severity::warning);
  EXPECT_EQ(found->sentence, "tests-api was restarted and is healthy");
  status.service.last_restart_was_asked = true;
  EXPECT_TRUE(view_of(status).conditions.empty()) << "who asked for it knows of it";
  status.service.last_restart_was_asked = false;
  status.service.last_restart = noon - 31s;
  EXPECT_TRUE(view_of(status).conditions.empty());
}

TEST(Conditions, OneCauseOfRecoveryIsOneAlert) {
  core::Status status = well();
  status.recovery.emplace();
  status.recovery->cluster = "tests-db";
  status.recovery->concerns = {
      {core::Severity::critical, "nothing was archived for 20 min", "", "archiver.stalled"},
      {core::Severity::critical, "if the primary died now you would lose 20 min", "", "rpo.at_risk"},
      {core::Severity::warning, "12 segments wait", "", "archiver.backlog"}};
  EXPECT_EQ(told(view_of(status)), Keys{"Recovery/archiver.stalled"});
  status.recovery->concerns.clear();
  status.recovery->concerns.push_back(
      {core::Severity::unknown, "the database cannot be looked at", "", "database.unseen"});
  const View view = view_of(status);
  EXPECT_EQ(view.unclear, Keys{"Recovery/"});
}

TEST(Conditions, ACircleExplainsNothing) {
  std::vector<Condition> circle(2);
  circle[0].key = circle[1].cause = "a";
  circle[1].key = circle[0].cause = "b";
  EXPECT_EQ(roots_of(circle), (Keys{"", ""}));
  circle[0].cause = "a";
  EXPECT_EQ(roots_of(circle)[0], "");
}
