#include "agent/recovery/gate/gate.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace std::chrono_literals;

TEST(Requirement, ReadsConditionsInEveryOrder) {
  const auto read = parse_requirement("age<24h and level>=L3, rpo <= 5m rto<15m budget>10% backlog<100");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->level, Level::replayed);
  EXPECT_EQ(read->age, 24h);
  EXPECT_EQ(read->rpo, 5min);
  EXPECT_EQ(read->rto, 15min);
  EXPECT_DOUBLE_EQ(*read->budget, 0.1);
  EXPECT_EQ(read->backlog, 100u);
  EXPECT_EQ(parse_requirement("level>L2")->level, Level::replayed);
  EXPECT_EQ(parse_requirement("level>=asserted")->level, Level::asserted);
  EXPECT_EQ(parse_requirement("point=before-v42:1 age<1h")->point, "before-v42:1");
  EXPECT_TRUE(parse_requirement("  "));
}

TEST(Requirement, RefusesWhatCannotBeMeantAndSaysWhy) {
  const std::pair<const char*, const char*> wrong[] = {
      {"level", "cannot read the requirement"},
      {"level>=L9", "L0 to L4"},
      {"level<=L3", "write level>=L3"},
      {"level>L4", "write level>=L3"},
      {"age>24h", "takes < or <= only"},
      {"age<24", "as a length of time"},
      {"age<0", "as a length of time"},
      {"budget>10", "write 10%"},
      {"budget<10%", "takes > or >= only"},
      {"levle>=L3", "did you mean level?"},
      {"age<1h age<2h", "twice"},
      {"backlog<many", "a number of segments"},
      {"point>=before", "write point=NAME"},
      {"point=it's", "letters, digits"},
      {"point=a point=b", "twice"},
      {">=L3", "cannot read the requirement"},
      {"drop table", "cannot read the requirement"},
      {"rpo<5m || true", "cannot read the requirement"},
  };
  for (const auto& [text, says] : wrong) {
    const auto read = parse_requirement(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().what.find(says), std::string::npos) << text << ": " << read.error().what;
    EXPECT_FALSE(read.error().hint.empty());
  }
}

TEST(Check, ItsWordsAreKnownAndNoOthers) {
  for (const char* const word : {"rpo", "rto", "backup", "archive", "replication", "drill", "all"}) {
    ASSERT_TRUE(parse_check(word)) << word;
    EXPECT_EQ(name_of(*parse_check(word)), word);
    EXPECT_NE(checks_known.find(word), std::string_view::npos);
  }
  EXPECT_FALSE(parse_check("rpoo"));
}
