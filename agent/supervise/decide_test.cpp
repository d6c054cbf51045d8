#include "agent/supervise/decide.hpp"

#include <functional>
#include <set>
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

// Every combination of what the conditions look at.
void for_every_view(const std::function<void(const View&)>& look) {
  for (unsigned phase = 0; phase < phase_count; ++phase)
    for (unsigned how_gone = 0; how_gone < 4; ++how_gone)
      for (unsigned verdict = 0; verdict < 3; ++verdict)
        for (unsigned ends = 0; ends < 3; ++ends)
          for (unsigned bits = 0; bits < 512; ++bits) {
            View view = how_gone == 0 ? running() : died(how_gone == 1 ? 0 : 1);
            if (how_gone == 3) view.gone->never_started = true;
            view.phase = static_cast<Phase>(phase);
            view.verdict = static_cast<core::State>(verdict);
            view.when_it_ends = static_cast<WhenItEnds>(ends);
            view.ending = bits & 1;
            view.operator_asked = bits & 2;
            view.even_without_budget = bits & 4;
            view.explained_by = bits & 8 ? "database" : "";
            view.dry_run = bits & 16;
            view.budget_left = bits & 32 ? 0 : 1;
            view.due = bits & 64 ? now + 1s : now;
            view.audit_retry = bits & 128 ? now + 1s : core::Instant{};
            view.since = bits & 256 ? now : now - 1h;
            view.awaited_until = view.since + 1s;
            look(view);
          }
}

}  // namespace

TEST(Table, CoversEveryPhaseInEverySituationAndHasNoDeadRow) {
  std::set<std::size_t> taken;
  for_every_view([&](const View& view) {
    const Decision decision = decide(view, now);
    ASSERT_TRUE(table()[decision.row].covers(view.phase));
    ASSERT_FALSE(decision.why.empty());
    taken.insert(decision.row);
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

TEST(Table, NeverTakesDownAChildThatIsNotSickUnasked) {
  for_every_view([](const View& view) {
    if (view.ending || view.operator_asked) return;
    const bool up = view.phase == Phase::starting || view.phase == Phase::running;
    const bool may = view.verdict == core::State::sick && view.explained_by.empty() && !view.dry_run &&
                     view.budget_left > 0 && now >= view.due && now >= view.audit_retry;
    const Decision decision = decide(view, now);
    if (!up || may) return;
    ASSERT_NE(decision.action, Action::stop) << decision.why;
    ASSERT_NE(decision.action, Action::kill) << decision.why;
  });
}

TEST(Table, NeverStartsBeyondTheBudgetUnlessAnOperatorInsists) {
  for_every_view([](const View& view) {
    // While going down the restart was already granted, and spent.
    const bool granted = view.phase == Phase::stopping || view.phase == Phase::killing;
    const bool insists = view.operator_asked && view.even_without_budget;
    if (view.phase == Phase::idle || granted || insists || view.budget_left > 0) return;
    const Decision decision = decide(view, now);
    ASSERT_NE(decision.action, Action::start) << decision.why;
    if (view.ending) return;
    ASSERT_NE(decision.action, Action::stop) << decision.why;
  });
}

TEST(Table, NeverStartsAnythingWhileEnding) {
  for_every_view([](const View& view) {
    if (!view.ending) return;
    const Decision decision = decide(view, now);
    ASSERT_NE(decision.action, Action::start) << decision.why;
    if (!view.gone) return;
    ASSERT_EQ(decision.action, Action::end) << name_of(view.phase);
  });
}

TEST(Table, NeverStartsOverALivingChild) {
  for_every_view([](const View& view) {
    const bool has_child = view.phase != Phase::idle && view.phase != Phase::waiting &&
                           view.phase != Phase::given_up && view.phase != Phase::ended;
    if (!has_child || view.gone) return;
    ASSERT_NE(decide(view, now).action, Action::start);
  });
}

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
