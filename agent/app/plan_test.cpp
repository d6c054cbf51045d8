#include "agent/app/plan.hpp"

#include <gtest/gtest.h>

using namespace outrider::app;

TEST(Plan, KeepsWhatIsEqualAndRestartsWhatChanged) {
  const Plan result = plan({{"probe ready", "a"}, {"probe old", "b"}, {"listener metrics", "c"}},
                           {{"probe ready", "changed"}, {"probe new", "d"}, {"listener metrics", "c"}});
  EXPECT_EQ(result.keep, (std::vector<std::string>{"listener metrics"}));
  EXPECT_EQ(result.stop, (std::vector<std::string>{"probe ready", "probe old"}));
  EXPECT_EQ(result.start, (std::vector<std::string>{"probe ready", "probe new"}));
  EXPECT_EQ(result.sentence(), "starts probe new; changes probe ready; stops probe old; keeps 1");
}

TEST(Plan, OfAnUnchangedFileIsEmpty) {
  const Plan result = plan({{"probe ready", "a"}}, {{"probe ready", "a"}});
  EXPECT_TRUE(result.empty());
  EXPECT_EQ(result.sentence(), "nothing changed");
}
