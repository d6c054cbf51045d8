#include "agent/probes/slo/slo_probe.hpp"

#include "agent/probes/test_kit.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

class SloProbe : public probes::testing::ProbeTest {
 protected:
  SloProbe() {
    tools_.objective = [this](const std::string& name) {
      return name == status_.name ? std::optional(status_) : std::nullopt;
    };
    status_.name = "availability";
    status_.why = "why";
  }
  Standing ask(const probes::slo::Settings& settings) {
    const auto probe = probes::slo::make_probe(settings, tools_);
    const core::Answer answer = ProbeTest::ask(*probe, 1s);
    detail_ = answer.detail;
    return answer.standing;
  }

  core::ObjectiveStatus status_;
  std::string detail_;
};

}  // namespace

TEST_F(SloProbe, IsNotOkWhileTheBudgetBurnsSoFastThatSomebodyIsPaged) {
  status_.state = core::State::healthy;
  status_.urgency = "none";
  EXPECT_EQ(ask({"availability"}), Standing::ok);
  EXPECT_EQ(detail_, "why");
  status_.state = core::State::sick;
  status_.urgency = "page";
  EXPECT_EQ(ask({"availability"}), Standing::not_ok);
}

TEST_F(SloProbe, ALeakIsNotOkOnlyForWhoAsksForIt) {
  status_.state = core::State::sick;
  status_.urgency = "ticket";
  EXPECT_EQ(ask({"availability"}), Standing::ok);
  EXPECT_EQ(ask({"availability", true}), Standing::not_ok);
}

TEST_F(SloProbe, WhatWasNotSeenIsUnknown) {
  status_.state = core::State::unknown;
  status_.urgency = "none";
  EXPECT_EQ(ask({"availability"}), Standing::unknown);
  EXPECT_EQ(ask({"another"}), Standing::unknown);
  EXPECT_EQ(detail_, "`slo` has no objective `another`");
  tools_.objective = {};
  EXPECT_EQ(ask({"availability"}), Standing::unknown);
}
