#include "agent/alert/decide.hpp"

#include "agent/alert/testing.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::alert;
using namespace std::chrono_literals;

namespace {

using outrider::alert::testing::noon;

AlertView firing() {
  AlertView view;
  view.phase = Phase::firing;
  view.was_told = true;
  view.severity = view.told_severity = core::Severity::critical;
  view.since = view.told_at = view.first_told_at = noon - 1min;
  view.hold = 30s;
  view.repeat = 4h;
  view.acknowledged_for = 24h;
  return view;
}

}  // namespace

TEST(AlertTable, EveryPhaseAnswersWhateverIsKnown) {
  for (std::size_t phase = 0; phase < phase_count; ++phase) {
    for (const Presence presence : {Presence::gone, Presence::there, Presence::unclear}) {
      for (unsigned bits = 0; bits < 64; ++bits) {
        AlertView view = firing();
        view.phase = static_cast<Phase>(phase);
        view.presence = presence;
        view.is_explained = (bits & 1U) != 0;
        view.is_silenced = (bits & 2U) != 0;
        view.was_told = (bits & 4U) != 0;
        view.has_changed = (bits & 8U) != 0;
        view.has_escalated = (bits & 16U) != 0;
        view.since = (bits & 32U) != 0 ? noon : noon - 1h;
        EXPECT_LT(decide(view, noon).row, table().size());
      }
    }
  }
}

TEST(AlertTable, AnEndIsNeverTakenFromSilence) {
  AlertView view = firing();
  view.presence = Presence::unclear;
  view.since = noon - 72h;
  EXPECT_EQ(decide(view, noon).to, Phase::firing);
  EXPECT_NE(decide(view, noon).action, Action::tell_the_end);
  view.presence = Presence::gone;
  EXPECT_EQ(decide(view, noon).action, Action::tell_the_end);
}

TEST(AlertTable, WhatWasToldIsAlsoToldToBeOverButNotAtTheFirstSign) {
  AlertView view = firing();
  view.presence = Presence::gone;
  view.since = noon - 29s;
  EXPECT_NE(decide(view, noon).action, Action::tell_the_end);
  view.since = noon - 30s;
  EXPECT_EQ(decide(view, noon).action, Action::tell_the_end);
  view.is_silenced = true;
  EXPECT_EQ(decide(view, noon).action, Action::tell_the_end) << "who was woken may sleep again";
  view.was_told = false;
  EXPECT_EQ(decide(view, noon).action, Action::forget);
}

TEST(AlertTable, NobodyIsToldTwiceOfTheSameButByTheInterval) {
  AlertView view = firing();
  EXPECT_EQ(decide(view, noon).action, Action::none);
  view.told_at = noon - 4h;
  EXPECT_EQ(decide(view, noon).action, Action::tell_again);
  view.phase = Phase::acknowledged;
  view.acknowledged_at = noon - 1h;
  EXPECT_EQ(decide(view, noon).action, Action::none);
  view.severity = core::Severity::critical;
  view.told_severity = core::Severity::warning;
  EXPECT_EQ(decide(view, noon).to, Phase::firing) << "it got worse";
}

TEST(AlertTable, ItEscalatesOnceWhenNobodyAnswers) {
  AlertView view = firing();
  view.first_told_at = noon - 15min;
  EXPECT_EQ(decide(view, noon).action, Action::none) << "nobody asked for it";
  view.escalate_after = 15min;
  EXPECT_EQ(decide(view, noon).action, Action::escalate);
  view.phase = Phase::acknowledged;
  view.acknowledged_at = noon;
  EXPECT_EQ(decide(view, noon).action, Action::none);
  view.phase = Phase::firing;
  view.has_escalated = true;
  EXPECT_EQ(decide(view, noon).action, Action::none);
}

TEST(AlertTable, WhatIsSilencedOrExplainedIsNotTold) {
  AlertView view = firing();
  view.phase = Phase::pending;
  view.was_told = false;
  view.is_explained = true;
  EXPECT_EQ(decide(view, noon).to, Phase::pending);
  view.is_explained = false;
  view.is_silenced = true;
  EXPECT_EQ(decide(view, noon).action, Action::none);
  view.phase = Phase::firing;
  view.is_silenced = false;
  EXPECT_EQ(decide(view, noon).action, Action::tell) << "the silence is over and it is not";
}

TEST(AlertTable, EveryRowCanBeReachedAndTheTableDrawsItself) {
  EXPECT_NE(mermaid().find("firing --> resolved: it has been gone for `resolve_after` / tell the end"),
            std::string::npos);
  std::set<std::string_view> whys;
  for (const Row& row : table()) EXPECT_FALSE(row.why.empty());
}
