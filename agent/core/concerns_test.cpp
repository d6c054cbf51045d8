#include "agent/core/concerns.hpp"

#include "tests/golden/faces/sample_status.hpp"

using namespace outrider;
using namespace outrider::core;
using namespace outrider::testing;

TEST(Concerns, AreNoneOnAGoodDay) {
  EXPECT_TRUE(concerns_of(healthy_status()).empty());
  EXPECT_EQ(severity_of(healthy_status()), Severity::fine);
}

TEST(Concerns, BeginWithTheWorst) {
  const auto found = concerns_of(sick_status());
  ASSERT_GE(found.size(), 7u);
  EXPECT_EQ(found.front().sentence, "cannot write the audit journal: No space left on device");
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_GE(found[i - 1].severity, found[i].severity);
  EXPECT_EQ(severity_of(sick_status()), Severity::critical);
}

TEST(Concerns, MakeAHealthyServiceLessThanFine) {
  Status status = healthy_status();
  status.probes[1].last = Standing::unknown;
  EXPECT_EQ(severity_of(status), Severity::warning);
  status = healthy_status();
  status.service.budget_left = 0;
  EXPECT_EQ(severity_of(status), Severity::warning);
  status = healthy_status();
  status.streams[0].dropped = 1;
  EXPECT_EQ(severity_of(status), Severity::warning);
  status = healthy_status();
  status.audit_trouble = "cannot write the audit journal: Permission denied";
  EXPECT_EQ(severity_of(status), Severity::critical);
}

TEST(Concerns, NeverTakeTheUnknownForFine) {
  EXPECT_EQ(severity_of(unknown_status()), Severity::unknown);
  EXPECT_EQ(verdict_of(unknown_status()), "nothing is known of the service yet");
  Status status = unknown_status();
  status.probes = {healthy_status().probes[0]};
  status.probes[0].last = Standing::unknown;
  status.probes[0].asked_total = 0;
  EXPECT_EQ(severity_of(status), Severity::unknown);
  EXPECT_EQ(concerns_of(status).front().sentence, "probe ready has not been asked yet");
}

// The page, the terminal and the API must never tell three stories of one status.
TEST(Judge, SaysTheSameInEveryWordItHas) {
  for (const char* phase : {"idle", "starting", "running", "stopping", "waiting", "given up", "ended", ""}) {
    for (const State state : {State::unknown, State::healthy, State::sick}) {
      for (const bool probed : {false, true}) {
        Status status = healthy_status();
        if (!probed) status.probes.clear();
        status.service.phase = phase;
        status.service.state = state;
        const State overall = overall_state(status);
        const Severity severity = severity_of(status);
        EXPECT_EQ(overall == State::sick, severity == Severity::critical) << phase << name_of(state);
        EXPECT_EQ(overall == State::unknown, severity == Severity::unknown) << phase << name_of(state);
        EXPECT_TRUE(severity != Severity::fine || overall == State::healthy) << phase << name_of(state);
        EXPECT_TRUE(overall != State::healthy || state == State::healthy || !probed) << phase;
        const bool called_well = verdict_sentence(status).find(" is healthy") != std::string::npos ||
                                 verdict_sentence(status).find(" is running") != std::string::npos;
        EXPECT_EQ(called_well, overall == State::healthy) << verdict_sentence(status);
      }
    }
  }
}

TEST(Sentence, SaysThatAllIsWellAndWhatIsLeft) {
  EXPECT_EQ(verdict_sentence(healthy_status()),
            "tests-api is healthy; 2 of 2 probes ok; 4 of 5 restarts left");
}

TEST(Sentence, UnknownIsNeverCalledHealthy) {
  Status status = healthy_status();
  status.service.state = State::unknown;
  status.service.why = "no answer yet";
  status.probes[0].last = Standing::unknown;
  EXPECT_EQ(overall_state(status), State::unknown);
  EXPECT_EQ(verdict_sentence(status),
            "whether tests-api is well is not known: no answer yet; 1 of 2 probes ok; 4 of 5 restarts left");
}

TEST(Sentence, AServiceThatWasGivenUpIsSickWhateverItsLastVerdictWas) {
  Status status = healthy_status();
  status.service.phase = "given up";
  status.service.last_decision = "5 restarts within 1h did not help";
  EXPECT_EQ(overall_state(status), State::sick);
  EXPECT_EQ(severity_of(status), Severity::critical);
}

TEST(Sentence, TroubleOfASinkIsToldInTheFirstSentence) {
  Status status = healthy_status();
  status.streams[0].trouble = "no space left";
  EXPECT_NE(verdict_sentence(status).find("file /var/log/tests-api.log is in trouble: no space left"),
            std::string::npos);
}
