#include "agent/app/sentence.hpp"

#include <gtest/gtest.h>

using namespace outrider;

namespace {

core::ProbeStatus ok_probe(const char* name) {
  core::ProbeStatus probe;
  probe.name = name;
  probe.last = core::Standing::ok;
  return probe;
}

core::Status healthy() {
  core::Status status;
  status.service.name = "tests-api";
  status.service.phase = "running";
  status.service.state = core::State::healthy;
  status.service.budget = 5;
  status.service.budget_left = 5;
  status.probes = {ok_probe("ready"), ok_probe("port")};
  status.rivers = {{.name = "decide", .turning = true}, {.name = "carry", .turning = true}};
  return status;
}

}  // namespace

TEST(Sentence, SaysThatAllIsWellAndWhatIsLeft) {
  EXPECT_EQ(app::verdict_sentence(healthy()), "tests-api is healthy; 2 of 2 probes ok; 5 of 5 restarts left");
}

TEST(Sentence, UnknownIsNeverCalledHealthy) {
  core::Status status = healthy();
  status.service.state = core::State::unknown;
  status.service.why = "no answer yet";
  status.probes[0].last = core::Standing::unknown;
  EXPECT_EQ(app::overall_state(status), core::State::unknown);
  EXPECT_EQ(app::verdict_sentence(status),
            "whether tests-api is well is not known: no answer yet; 1 of 2 probes ok; 5 of 5 restarts left");
}

TEST(Sentence, AServiceThatWasGivenUpIsSickWhateverItsLastVerdictWas) {
  core::Status status = healthy();
  status.service.phase = "given up";
  status.service.last_decision = "5 restarts within 1h did not help";
  EXPECT_EQ(app::overall_state(status), core::State::sick);
}

TEST(Sentence, ARiverThatStandsStillIsNotReady) {
  core::Status status = healthy();
  EXPECT_EQ(app::why_not_ready(status, true, false), "");
  EXPECT_EQ(app::why_not_ready(status, false, false), "outrider is starting");
  status.rivers[1].turning = false;
  EXPECT_EQ(app::why_not_ready(status, true, false), "the river carry does not turn");
}

TEST(Sentence, TroubleOfASinkIsToldInTheFirstSentence) {
  core::Status status = healthy();
  core::StreamStatus stream;
  stream.sink = "file /var/log/x.log";
  stream.trouble = "no space left";
  status.streams = {stream};
  EXPECT_NE(app::verdict_sentence(status).find("file /var/log/x.log is in trouble: no space left"),
            std::string::npos);
}
