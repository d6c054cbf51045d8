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
