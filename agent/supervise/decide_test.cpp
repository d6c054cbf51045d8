#include "agent/supervise/decide.hpp"

#include <functional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::supervise;
using namespace std::chrono_literals;

namespace {

const core::Instant now = core::Instant{} + 1h;

View running() {
  View view;
  view.phase = Phase::running;
  view.service = "tests-api";
  view.operator_says = "alice asks for a restart of tests-api: new certificate";
  view.since = view.started = now - 10min;
  view.verdict = core::State::healthy;
  view.verdict_why = "HTTP 200";
  view.budget = view.budget_left = 5;
  view.budget_refills = now;
  return view;
}

View died(int code) {
  View view = running();
  os::Exit how;
  how.exited = true;
  how.code = code;
  view.gone = Gone{how, false, "exited with code " + std::to_string(code)};
  return view;
}

View sick() {
  View view = running();
  view.verdict = core::State::sick;
  view.verdict_why = "failed 3 times in a row: HTTP 503";
  return view;
}

}  // namespace

TEST(Decide, ADeadChildIsStartedAgainAfterItsBackOff) {
  View view = died(1);
  view.due = now;
  Decision decision = decide(view, now);
  EXPECT_EQ(decision.to, Phase::waiting);
  EXPECT_EQ(decision.why, "tests-api exited with code 1; it is started again at once");
  view.phase = Phase::waiting;
  EXPECT_EQ(decide(view, now).action, Action::start);
  view.due = now + 4s;
  EXPECT_EQ(decide(view, now).action, Action::none);
  EXPECT_EQ(wake_at(view, now), now + 4s);
}

TEST(Decide, ASpentBudgetOpensTheBreakerAndSaysWhatWouldCloseIt) {
  View view = died(1);
  view.budget_left = 0;
  view.budget_refills = now + 12min;
  const Decision decision = decide(view, now);
  EXPECT_EQ(decision.to, Phase::given_up);
  EXPECT_EQ(decision.refusal, Refusal::crash_loop);
  EXPECT_EQ(
      decision.why,
      "tests-api exited with code 1, and all 5 restarts of the budget are spent; the next is in 12m, or "
      "now with `outrider restart --even-without-budget`");
  view.phase = Phase::given_up;
  EXPECT_EQ(decide(view, now).action, Action::none);
  EXPECT_EQ(wake_at(view, now), now + 12min);
  view.budget_left = 1;
  EXPECT_EQ(decide(view, now).action, Action::start);
}

TEST(Decide, SicknessIsAnsweredWithAStopUnlessADependencyExplainsIt) {
  View view = sick();
  EXPECT_EQ(decide(view, now).action, Action::stop);
  EXPECT_EQ(decide(view, now).why, "tests-api is restarted: failed 3 times in a row: HTTP 503");
  view.explained_by = "database";
  const Decision decision = decide(view, now);
  EXPECT_EQ(decision.refusal, Refusal::dependency);
  EXPECT_EQ(decision.to, Phase::running);
}

TEST(Decide, SaturationIsToldAndAnsweredOnlyWhenItLasts) {
  View view = sick();
  view.saturated = true;
  view.saturated_at = now - 4min;
  view.saturated_for = 10min;
  EXPECT_EQ(decide(view, now).refusal, Refusal::saturation);
  EXPECT_EQ(
      decide(view, now).why,
      "tests-api is saturated, not dead (failed 3 times in a row: HTTP 503): a restart would only add to "
      "its work; it is restarted all the same if that lasts another 6m");
  EXPECT_EQ(wake_at(view, now), now + 6min);
  EXPECT_EQ(decide(view, now + 6min).action, Action::stop);
  EXPECT_EQ(decide(view, now + 6min).why,
            "tests-api is restarted: failed 3 times in a row: HTTP 503, for 10m");
  view.saturated_for.reset();
  EXPECT_EQ(decide(view, now + 100h).action, Action::refuse);
  EXPECT_EQ(wake_at(view, now), std::nullopt);
}

TEST(Decide, WhatIsNotReadyIsRestartedOnlyWhereThatIsConfigured) {
  View view = running();
  view.unready = true;
  view.unready_at = now - 1h;
  view.not_ready_because = "warm failed 3 times in a row: HTTP 503";
  EXPECT_EQ(decide(view, now).action, Action::none);
  view.unready_for = 2h;
  EXPECT_EQ(decide(view, now).action, Action::none);
  EXPECT_EQ(wake_at(view, now), now + 1h);
  EXPECT_EQ(decide(view, now + 1h).action, Action::stop);
  EXPECT_EQ(decide(view, now + 1h).why,
            "tests-api is restarted: it has not been ready for 2h (warm failed 3 times in a row: HTTP 503)");
  view.verdict = core::State::unknown;
  EXPECT_EQ(decide(view, now + 1h).action, Action::none) << "whether it lives is not known";
}

TEST(Decide, ClimbsTheLadderAndEndsWithAHuman) {
  View view = sick();
  view.unmended = 2;
  EXPECT_EQ(decide(view, now).action, Action::stop);
  view.unmended = 3;
  EXPECT_EQ(decide(view, now).action, Action::recreate);
  EXPECT_EQ(decide(view, now).to, Phase::killing);
  EXPECT_EQ(
      decide(view, now).why,
      "tests-api is killed and made anew, since 3 restarts did not mend it: failed 3 times in a row: HTTP "
      "503");
  view.unmended = 4;
  EXPECT_EQ(decide(view, now).refusal, Refusal::handed_over);
  EXPECT_EQ(
      decide(view, now).why,
      "tests-api is sick (failed 3 times in a row: HTTP 503), and 3 restarts and a recreation did not mend "
      "it: it is handed to a human. Outrider tries again once it has been healthy for a while, or now with "
      "`outrider restart`");
  view.dry_run = true;
  EXPECT_EQ(
      decide(view, now).why,
      "tests-api is sick (failed 3 times in a row: HTTP 503); it would be handed to a human, but this is a "
      "dry run");
}

TEST(Decide, MaintenanceLeavesTheServiceToItsOperators) {
  View view = sick();
  view.maintenance = "until 03:00 (kernel update)";
  EXPECT_EQ(decide(view, now).refusal, Refusal::maintenance);
  EXPECT_EQ(decide(view, now).why,
            "tests-api is sick (failed 3 times in a row: HTTP 503), but it is under maintenance until 03:00 "
            "(kernel update): nothing is done by itself");
  view.operator_asked = true;
  EXPECT_EQ(decide(view, now).action, Action::stop);
  view = died(1);
  view.maintenance = "until 03:00 (kernel update)";
  EXPECT_EQ(decide(view, now).to, Phase::waiting);
  view.phase = Phase::waiting;
  EXPECT_EQ(decide(view, now).refusal, Refusal::maintenance);
  view.maintenance.clear();
  EXPECT_EQ(decide(view, now).action, Action::start) << "it is over";
}

TEST(Decide, TheLeaseIsAskedForOnlyWhenEverythingElseSpeaksForARestart) {
  View view = sick();
  view.lease.wanted = true;
  EXPECT_EQ(decide(view, now).action, Action::lease);
  view.lease.refusal = Refusal::fleet_budget;
  view.lease.why = "all 20 restarts of the fleet's budget are spent, and the next is in 5m";
  view.lease.retry = now + 10s;
  EXPECT_EQ(decide(view, now).refusal, Refusal::fleet_budget);
  EXPECT_EQ(
      decide(view, now).why,
      "tests-api is sick (failed 3 times in a row: HTTP 503), but the fleet's lease cannot be had: all 20 "
      "restarts of the fleet's budget are spent, and the next is in 5m; it is asked for again in 10s");
  EXPECT_EQ(wake_at(view, now), now + 10s);
  view.lease.held = true;
  EXPECT_EQ(decide(view, now).action, Action::stop);
}

TEST(Decide, UnknownHealthIsNeverAReasonToAct) {
  View view = running();
  view.verdict = core::State::unknown;
  view.verdict_why = "no descriptors";
  EXPECT_EQ(decide(view, now).action, Action::none);
  EXPECT_EQ(decide(view, now).why,
            "the health of tests-api is unknown (no descriptors); nothing is done on that");
}

TEST(Decide, OutriderEndsWithTheChildWhenToldSo) {
  View view = died(3);
  view.when_it_ends = WhenItEnds::exit;
  EXPECT_EQ(decide(view, now).action, Action::end);
  view = died(0);
  view.when_it_ends = WhenItEnds::restart_on_failure;
  EXPECT_EQ(decide(view, now).to, Phase::ended);
  view = died(3);
  view.when_it_ends = WhenItEnds::restart_on_failure;
  EXPECT_EQ(decide(view, now).to, Phase::waiting);
}

TEST(Decide, AnOperatorWithoutBudgetIsRefusedUnlessHeInsists) {
  View view = running();
  view.budget_left = 0;
  view.budget_refills = now + 1min;
  view.operator_asked = true;
  EXPECT_EQ(decide(view, now).refusal, Refusal::budget);
  view.even_without_budget = true;
  EXPECT_EQ(decide(view, now).action, Action::stop);
}

TEST(Mermaid, DrawsEveryMoveOfTheTable) {
  const std::string text = mermaid();
  EXPECT_NE(text.find("stateDiagram-v2"), std::string::npos);
  EXPECT_NE(text.find("running --> stopping: it is sick / stop"), std::string::npos);
  EXPECT_NE(text.find("running --> given_up: it is gone and the budget is spent / refuse"),
            std::string::npos);
  EXPECT_NE(text.find("killing --> starting: it is gone / start"), std::string::npos);
}
