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

// What hangs together only in part is gone through together; and all of it with each of the other situations.
void vary(View& view, unsigned bits) {
  view.operator_asked = bits & 1;
  view.even_without_budget = bits & 2;
  view.explained_by = bits & 4 ? "database" : "";
  view.dry_run = bits & 8;
  view.budget_left = bits & 16 ? 0 : 1;
  view.due = bits & 32 ? now + 1s : now;
  view.audit_retry = bits & 64 ? now + 1s : core::Instant{};
  view.since = bits & 128 ? now : now - 1h;
  view.not_allowed = bits & 256 ? "the API server answers 403" : "";
  view.awaited_until = view.since + 1s;
}

// Of a lease: none is needed, held, not asked for yet, refused.
void lend(View& view, unsigned how) {
  view.lease.wanted = how > 0;
  view.lease.held = how == 1;
  if (how < 3) return;
  view.lease.retry = now + 1s;
  view.lease.refusal = Refusal::lease_unknown;
  view.lease.why = "nobody answers";
}

// Of health and the time of year.
void season(View& view, unsigned bits) {
  view.maintenance = bits & 1 ? "until 03:00" : "";
  view.frozen = bits & 2 ? "until Friday" : "";
  view.saturated = bits & 4;
  view.saturated_at = bits & 8 ? now - 1h : now;
  view.unready = bits & 16;
  view.unready_at = view.saturated_at;
  view.saturated_for = view.unready_for = 10min;
}

// Every combination of what the conditions look at. Whether it lives decides which those are.
void for_every_view(const std::function<void(const View&)>& look) {
  for (unsigned phase = 0; phase < phase_count; ++phase)
    for (unsigned how_gone = 0; how_gone < 5; ++how_gone) {
      const bool alive = how_gone == 0 && (phase == 1 || phase == 2);
      const unsigned ends = alive ? 1 : 3, rungs = alive ? 3 : 1, loans = alive ? 4 : 1,
                     seasons = alive ? 32 : 2;
      for (unsigned rest = 0; rest < 3 * 2 * ends * rungs * loans * seasons; ++rest) {
        View view = how_gone == 0 ? running() : died(how_gone == 1 ? 0 : 1);
        if (how_gone > 2) view.gone->never_started = true;
        if (how_gone == 4) view.gone->unasked = true;
        unsigned left = rest;
        const auto one_of = [&left](unsigned count) { return std::exchange(left, left / count) % count; };
        view.phase = static_cast<Phase>(phase);
        view.verdict = static_cast<core::State>(one_of(3));
        view.ending = one_of(2) == 1;
        view.when_it_ends = static_cast<WhenItEnds>(one_of(ends));
        view.unmended = one_of(rungs) + 2;  // a restart, a recreation, a human is next
        lend(view, one_of(loans));
        season(view, one_of(seasons));
        for (unsigned bits = 0; bits < 512; ++bits) {
          vary(view, bits);
          view.stays = view.ending && view.dry_run;
          look(view);
        }
      }
    }
}

const Row& taken_for(const View& view) { return table()[row_for(view, now)]; }

bool lives(const View& view) {
  return !view.gone && (view.phase == Phase::starting || view.phase == Phase::running);
}

}  // namespace

TEST(Table, CoversEveryPhaseInEverySituationAndHasNoDeadRow) {
  std::set<std::size_t> taken;
  for_every_view([&](const View& view) {
    if (!taken.insert(row_for(view, now)).second) return;
    const Decision decision = decide(view, now);
    EXPECT_TRUE(table()[decision.row].covers(view.phase));
    EXPECT_FALSE(decision.why.empty());
  });
  for (std::size_t row = 0; row < table().size(); ++row)
    EXPECT_TRUE(taken.contains(row)) << "never taken: row " << row << ", " << table()[row].when.name;
}

TEST(Table, EveryPhaseEndsWithOtherwise) {
  for (unsigned phase = 0; phase < phase_count; ++phase) {
    const Row* last = nullptr;
    for (const Row& row : table())
      if (row.covers(static_cast<Phase>(phase))) last = &row;
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->when.name, "otherwise") << name_of(static_cast<Phase>(phase));
  }
}

bool takes_down(const Row& row) {
  return row.action == Action::stop || row.action == Action::kill || row.action == Action::recreate;
}

TEST(Table, NeverTakesDownAChildUnaskedUnlessEverythingSpeaksForIt) {
  for_every_view([](const View& view) {
    if (view.ending || view.operator_asked || !lives(view)) return;
    const bool sick =
        view.verdict == core::State::sick && (!view.saturated || now - view.saturated_at >= 10min);
    const bool unready = view.unready && view.verdict != core::State::unknown &&
                         now - view.unready_at >= 10min &&
                         !(view.verdict == core::State::sick && view.saturated);
    const bool may = (sick || unready) && view.explained_by.empty() && !view.dry_run &&
                     view.budget_left > 0 && now >= view.due && now >= view.audit_retry &&
                     view.maintenance.empty() && view.frozen.empty() && view.unmended < 4 &&
                     (!view.lease.wanted || view.lease.held);
    if (may) return;
    ASSERT_FALSE(takes_down(taken_for(view))) << decide(view, now).why;
  });
}

TEST(Table, NeverTakesDownWhoLivesWithoutTheLeaseUnlessAnOperatorInsists) {
  for_every_view([](const View& view) {
    const bool insists = view.operator_asked && view.even_without_budget;
    if (!lives(view) || view.ending || insists || !view.lease.wanted || view.lease.held) return;
    ASSERT_FALSE(takes_down(taken_for(view))) << decide(view, now).why;
  });
}

TEST(Table, NeverStartsBeyondTheBudgetUnlessAnOperatorInsists) {
  for_every_view([](const View& view) {
    // While going down the restart was already granted, and spent.
    const bool granted = view.phase == Phase::stopping || view.phase == Phase::killing;
    const bool insists = view.operator_asked && view.even_without_budget;
    // And of what could not be asked for it is the same start still.
    const bool begun = view.phase == Phase::waiting && view.gone && view.gone->unasked;
    if (view.phase == Phase::idle || granted || begun || insists || view.budget_left > 0) return;
    ASSERT_NE(taken_for(view).action, Action::start) << decide(view, now).why;
    if (view.ending) return;
    ASSERT_FALSE(takes_down(taken_for(view))) << decide(view, now).why;
  });
}

TEST(Table, WhatMayNotBeEndedIsNotTriedAgainUnasked) {
  for_every_view([](const View& view) {
    if (view.not_allowed.empty() || view.ending || view.operator_asked || view.gone) return;
    if (view.phase == Phase::killing) {
      ASSERT_EQ(taken_for(view).to, Phase::running) << decide(view, now).why;
    } else if (lives(view)) {
      ASSERT_FALSE(takes_down(taken_for(view))) << decide(view, now).why;
    }
  });
}

TEST(Table, ThatNobodyCouldBeAskedIsNoFailureAndIsWaitedOut) {
  for_every_view([](const View& view) {
    const bool is_down = view.phase == Phase::starting || view.phase == Phase::waiting;
    if (!view.gone || !view.gone->unasked || !is_down || view.ending || view.operator_asked) return;
    const Row& row = taken_for(view);
    ASSERT_NE(row.to, Phase::given_up) << decide(view, now).why;
    ASSERT_NE(row.to, Phase::ended) << decide(view, now).why;
    if (view.phase == Phase::waiting && view.maintenance.empty()) {
      ASSERT_EQ(row.action == Action::start, now >= view.due) << decide(view, now).why;
    }
  });
}

TEST(Table, StartsNothingByItselfDuringMaintenance) {
  for_every_view([](const View& view) {
    const bool granted = view.phase == Phase::stopping || view.phase == Phase::killing;
    if (view.maintenance.empty() || view.operator_asked || view.phase == Phase::idle || granted) return;
    ASSERT_NE(taken_for(view).action, Action::start) << decide(view, now).why;
  });
}

TEST(Table, AFreezeKeepsNobodyDown) {
  for_every_view([](const View& view) {
    if (lives(view)) return;
    View thawed = view;
    thawed.frozen.clear();
    ASSERT_EQ(row_for(view, now), row_for(thawed, now));
  });
}

TEST(Table, NeverTakesDownWhatStaysBecauseOutriderEnds) {
  for_every_view([](const View& view) {
    if (!view.ending || !view.stays) return;
    if (lives(view)) {
      ASSERT_EQ(taken_for(view).action, Action::end) << decide(view, now).why;
    }
    const bool going_down = view.phase == Phase::stopping || view.phase == Phase::killing;
    if (going_down && view.gone) {
      ASSERT_EQ(taken_for(view).action, Action::start) << "half a restart would leave it down";
    }
  });
}

TEST(Table, NeverStartsAnythingWhileEndingButToCompleteARestart) {
  for_every_view([](const View& view) {
    const bool going_down = view.phase == Phase::stopping || view.phase == Phase::killing;
    if (!view.ending || (going_down && view.stays && view.gone)) return;
    ASSERT_NE(taken_for(view).action, Action::start) << decide(view, now).why;
    if (!view.gone) return;
    ASSERT_EQ(taken_for(view).action, Action::end) << name_of(view.phase);
  });
}

TEST(Table, NeverStartsOverALivingChild) {
  for_every_view([](const View& view) {
    const bool has_child = view.phase != Phase::idle && view.phase != Phase::waiting &&
                           view.phase != Phase::given_up && view.phase != Phase::ended;
    if (!has_child || view.gone) return;
    ASSERT_NE(taken_for(view).action, Action::start);
  });
}

TEST(Table, EveryRefusalHasASentenceAndAReason) {
  std::set<Refusal> told;
  std::set<std::size_t> seen;
  for_every_view([&](const View& view) {
    if (!seen.insert(row_for(view, now)).second) return;
    const Decision decision = decide(view, now);
    if (decision.action != Action::refuse) return;
    EXPECT_TRUE(decision.refusal.has_value()) << decision.why;
    EXPECT_GT(decision.why.size(), 20u);
    told.insert(*decision.refusal);
  });
  // Of the lease's three reasons the views above have one.
  EXPECT_EQ(told.size(), refusal_count - 2);
}
