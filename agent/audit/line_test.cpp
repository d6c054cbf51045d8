#include "agent/audit/line.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(AuditLine, AReasonThatIsNotUtf8IsWrittenSoThatItReadsBack) {
  audit::Draft draft;
  draft.time = "2026-11-21T11:26:03.512Z";
  draft.phase = "intent";
  draft.reason = "the probe said \xff\xc3(";
  std::string line = audit::write_line(draft, 1, audit::no_hash);
  line.pop_back();
  const auto link = audit::read_line(line);
  ASSERT_TRUE(link.has_value()) << link.error().what;
  EXPECT_TRUE(link->hash_fits);
}

TEST(AuditLine, AHeadWhoseHashCouldNotStandInALineIsRefused) {
  audit::Head head;
  head.sequence = 3;
  EXPECT_TRUE(audit::read_head(audit::write_head(head)).has_value());
  const std::string hostile = R"({"seq":3,"hash":")" + std::string(62, '0') + R"(\"}","broken":""})";
  EXPECT_FALSE(audit::read_head(hostile).has_value());
}

TEST(AuditLine, ANumberAfterWhichNoneCanFollowIsRefused) {
  const std::string hash(64, '0');
  const auto head = audit::read_head(R"({"seq":9223372036854775807,"hash":")" + hash + R"(","broken":""})");
  EXPECT_FALSE(head.has_value());
  const auto line = audit::read_line(R"({"seq":9223372036854775807,"previous":")" + hash + R"(","hash":")" +
                                     hash + R"("})");
  EXPECT_FALSE(line.has_value());
}
