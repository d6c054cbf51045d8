#include "agent/os/logging/repeats.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class RepeatsTest : public testing::Test {
 protected:
  bool say(core::Level level, const std::string& room, const std::string& what,
           const std::string& identity = "") {
    return repeats.hear({.level = level, .room = room, .what = what, .fields = "", .at = {}}, identity, now);
  }
  core::Instant now{};
  std::vector<std::string> told;
  Repeats repeats{30s,
                  [this](const Said& last, std::uint64_t times) {
                    told.push_back(last.room + ":" + last.what + " x" + std::to_string(times));
                  },
                  4};
};

constexpr auto warn = core::Level::warn;

}  // namespace

TEST_F(RepeatsTest, TwoFailuresInTurnAreBothHeldBack) {
  EXPECT_TRUE(say(warn, "r", "a"));
  EXPECT_TRUE(say(warn, "r", "b"));
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(say(warn, "r", "a"));
    EXPECT_FALSE(say(warn, "r", "b"));
  }
  EXPECT_THAT(told, IsEmpty());
  repeats.flush(now, true);
  EXPECT_THAT(told, ElementsAre("r:a x10", "r:b x10"));
  EXPECT_EQ(repeats.runs(), 0u);
}

TEST_F(RepeatsTest, NewsFromARoomComesAfterWhatItHasNotToldYet) {
  say(warn, "r", "a");
  say(warn, "r", "a");
  say(warn, "other", "a");
  EXPECT_THAT(told, IsEmpty()) << "another room's news is nothing to us";
  EXPECT_TRUE(say(warn, "r", "b"));
  EXPECT_THAT(told, ElementsAre("r:a x1"));
  EXPECT_FALSE(say(warn, "r", "a")) << "bad news does not end a run";
}

TEST_F(RepeatsTest, AFailureThatIsRareIsWrittenEachTime) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(say(warn, "r", "a"));
    now += 1min;
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(RepeatsTest, TheTableIsBoundedAndLosesNoCount) {
  say(warn, "r", "first");
  say(warn, "r", "first");
  for (int i = 0; i < 100; ++i) {
    now += 1ms;
    EXPECT_TRUE(say(warn, "q" + std::to_string(i), "x"));
  }
  EXPECT_EQ(repeats.runs(), 4u);
  EXPECT_THAT(told, ElementsAre("r:first x1"));
}

TEST_F(RepeatsTest, DebugLinesAreNoNews) {
  say(warn, "r", "a");
  say(warn, "r", "a");
  EXPECT_TRUE(say(core::Level::debug, "r", "chatter"));
  EXPECT_TRUE(say(core::Level::debug, "r", "chatter"));
  EXPECT_THAT(told, IsEmpty());
}
