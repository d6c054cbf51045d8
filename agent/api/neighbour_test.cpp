#include "agent/api/neighbour.hpp"

#include <gtest/gtest.h>

using namespace outrider::api;
using namespace outrider::core;
using namespace std::chrono_literals;

namespace {

Status healthy() {
  Status status;
  status.now = WallTime(100h);
  status.service.name = "tests-api";
  status.service.phase = "running";
  status.service.state = State::healthy;
  status.service.why = "its probe is ok";
  ProbeStatus probe;
  probe.name = "live";
  probe.last = Standing::ok;
  probe.asked = status.now - 3s;
  probe.asked_total = 7;
  status.probes = {probe};
  return status;
}

}  // namespace

TEST(NeighbourWord, SaysWhatTheVerdictIsAndHowFreshItIs) {
  const NeighbourWord word = word_of(healthy());
  EXPECT_EQ(word.service, "tests-api");
  EXPECT_EQ(word.standing, Standing::ok);
  EXPECT_EQ(word.why, "is healthy: its probe is ok");
  EXPECT_EQ(word.age, 3s);
}

TEST(NeighbourWord, TellsOfTroubleBeforeItIsCalledSick) {
  Status status = healthy();
  status.probes[0].last = Standing::not_ok;
  status.probes[0].detail = "HTTP 503";
  status.service.causes = {"postgres"};
  EXPECT_EQ(word_of(status).standing, Standing::not_ok);
  EXPECT_EQ(word_of(status).why, "is failing: live HTTP 503");
  EXPECT_EQ(word_of(status).causes, std::vector<std::string>{"postgres"});
  status.probes[0].dependency = true;
  EXPECT_EQ(word_of(status).standing, Standing::ok) << "a dependency's trouble alone is not the service's";
}

TEST(NeighbourWord, ASickAnUnreadyADownAndAStartingServiceExplainWhoNeedsThem) {
  Status status = healthy();
  status.service.readiness = State::sick;
  EXPECT_EQ(word_of(status).standing, Standing::not_ok);
  status.service.state = State::sick;
  EXPECT_EQ(word_of(status).why, "is sick: its probe is ok");
  status = healthy();
  for (const char* phase : {"given up", "waiting", "stopping", "ended"}) {
    status.service.phase = phase;
    EXPECT_EQ(word_of(status).standing, Standing::not_ok) << phase;
  }
  status.service.phase = "starting";
  status.service.state = State::unknown;
  EXPECT_EQ(word_of(status).standing, Standing::not_ok);
}

TEST(NeighbourWord, UnknownIsNeverOk) {
  Status status = healthy();
  status.service.state = State::unknown;
  EXPECT_EQ(word_of(status).standing, Standing::unknown);
  status.probes.clear();
  EXPECT_EQ(word_of(status).age, std::nullopt);
}
