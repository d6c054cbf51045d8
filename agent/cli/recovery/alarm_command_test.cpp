#include "agent/cli/cli.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/core/clock.hpp"

#include <deque>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AlarmCommand : public ::testing::Test {
 protected:
  void answer(const char* body) { script.answers.emplace_back(net::Response{200, {}, body}); }

  int outrider(std::vector<const char*> words) {
    words.insert(words.begin(), "outrider");
    Actions actions;
    actions.clock = &clock;
    actions.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(script); };
    Terminal terminal(
        out, err, [](const std::string&) -> std::optional<std::string> { return std::nullopt; }, false);
    return run(static_cast<int>(words.size()), words.data(), actions, terminal);
  }

  StandingClock clock;
  Script script;
  std::ostringstream out, err;
};

constexpr const char* begun = R"({"schema": 1, "done": "d1"})";
constexpr const char* under_way = R"({"running": "d1", "steps": ["listen: one"], "last": null})";
constexpr const char* over =
    R"({"running": null, "steps": ["listen: one", "lost_segment: two"], "last": {"id": "d1"}, "text": "DISPROVED: x\n", "code": 2})";

TEST_F(AlarmCommand, TellsEachStepOnceAndEndsWithTheCodeOfTheDrill) {
  for (const char* const body : {begun, under_way, under_way, over}) answer(body);
  EXPECT_EQ(outrider({"drill", "--alarms", "--without-notifier", "--without-restore", "--catalog", "main"}),
            2);
  EXPECT_EQ(out.str(), "DISPROVED: x\n");
  EXPECT_EQ(err.str(), "  listen: one\n  lost_segment: two\n");
  ASSERT_EQ(script.asked.size(), 4U);
  EXPECT_EQ(script.asked[0].method, "POST");
  EXPECT_THAT(script.asked[0].url,
              HasSubstr("/api/v1/recovery/alarms/drill?catalog=main&without=notifier&without=restore"));
  EXPECT_THAT(script.asked[1].url, HasSubstr("/api/v1/recovery/alarms"));
}

TEST_F(AlarmCommand, ADrillThatIsGoneWithoutARecordIsUnknown) {
  answer(begun);
  answer(R"({"running": null, "steps": [], "last": {"id": "d0"}, "text": "PROVEN", "code": 0})");
  EXPECT_EQ(outrider({"drill", "--alarms"}), exit_unknown);
  EXPECT_THAT(out.str(), Not(HasSubstr("PROVEN")));
  EXPECT_THAT(err.str(), HasSubstr("did not end well"));
  script.answers = {};
  EXPECT_EQ(outrider({"drill", "--alarms"}), exit_unknown);
}

TEST_F(AlarmCommand, WhatChoosesARestoreDoesNotGoWithIt) {
  EXPECT_EQ(outrider({"drill", "--alarms", "--set", "20261121-142614F"}), exit_usage);
  EXPECT_EQ(outrider({"drill", "--without-notifier"}), exit_usage);
  EXPECT_TRUE(script.asked.empty());
}

}  // namespace
}  // namespace outrider::cli
