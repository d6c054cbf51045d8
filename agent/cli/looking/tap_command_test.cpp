#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/cli/test_kit.hpp"
#include "agent/core/clock.hpp"

#include <deque>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;
using namespace std::chrono_literals;

namespace {

// Whoever sleeps has slept.
class HastyClock final : public StandingClock {
 public:
  core::Instant now() const override { return now_; }
  core::Task<void> sleep_until(core::Instant until) override {
    now_ = std::max(now_, until);
    co_return;
  }

 private:
  core::Instant now_{};
};

class TapCommandTest : public TypedCommand {
 protected:
  TapCommandTest() {
    actions_.clock = &clock_;
    actions_.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(agent_); };
  }

  int outrider(std::vector<std::string> words) {
    words.insert(words.begin(), {"tap", "--agent", "/run/test.sock"});
    return TypedCommand::outrider(std::move(words));
  }

  void answer(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    agent_.answers.emplace_back(std::move(response));
  }

  HastyClock clock_;
  Script agent_;
};

const std::string opened = R"({"schema":1,"tap":4711,"points":["parked:es"]})";
const std::string record =
    R"({"point":"parked:es","stream":"a.log","id":"x","fate":"parked","why":"no such field","steps":[{"by":"json","what":"1 fields"}],"document":{"n":1.50}})";

}  // namespace

TEST_F(TapCommandTest, WithoutAPointItListsThem) {
  answer(200, R"({"schema":1,"points":[{"point":"parked:es","help":"what it refuses"},{"odd":1}]})");
  EXPECT_EQ(outrider({}), exit_ok);
  EXPECT_EQ(agent_.asked[0].url, "unix:/run/test.sock:/api/v1/tap");
  EXPECT_NE(out_.str().find("parked:es"), std::string::npos);
  answer(501, R"({"error":"no logs are carried","hint":"give the configuration a section `logs`"})");
  EXPECT_EQ(outrider({}), exit_unknown);
  EXPECT_NE(err_.str().find("section `logs`"), std::string::npos);
}

TEST_F(TapCommandTest, ARecordIsALineWithItsFateAndItsDocumentAsItWasWritten) {
  answer(200, opened);
  answer(200, record + "\n" + record + "\n{\"last\":2,\"unseen\":1204}\n");
  answer(200, R"({"done":"it has ended"})");
  EXPECT_EQ(outrider({"parked", "--limit", "2", "--steps", "--match", "n", "--where", "a=b"}), exit_ok);
  const std::string line = "parked:es parked: no such field {\"n\":1.50}\n    json         1 fields\n";
  EXPECT_EQ(out_.str(), line + line);
  EXPECT_NE(err_.str().find("-- looking at parked:es"), std::string::npos);
  EXPECT_NE(err_.str().find("1204 records not shown"), std::string::npos);
  ASSERT_EQ(agent_.asked.size(), 3u);
  EXPECT_EQ(agent_.asked[0].body, R"({"points":["parked"],"match":"n","where":"a=b"})");
  EXPECT_EQ(agent_.asked[1].body, R"({"tap":4711,"after":0,"wait":"5000ms"})");
  EXPECT_TRUE(agent_.asked[2].url.ends_with("/api/v1/tap/end")) << "so that others find room at once";
}

TEST_F(TapCommandTest, ForAProgramItIsTheAgentsOwnLineAndNotOneMoreThanAskedFor) {
  answer(200, opened);
  answer(200, record + "\n" + record + "\n{\"last\":2,\"unseen\":0}\n");
  EXPECT_EQ(outrider({"parked", "--format", "json", "-n", "1"}), exit_ok);
  EXPECT_EQ(out_.str(), record + "\n");
}

TEST_F(TapCommandTest, AnAgentThatIsStartedAnewIsLookedAtAgain) {
  answer(200, opened);
  agent_.answers.emplace_back(core::fail(core::Errc::unavailable, "connection refused"));
  agent_.answers.emplace_back(core::fail(core::Errc::unavailable, "connection refused"));
  answer(200, opened);
  answer(200, record + "\n{\"last\":1,\"unseen\":0}\n");
  EXPECT_EQ(outrider({"parked", "--limit", "1"}), exit_ok);
  EXPECT_NE(err_.str().find("trying again every second"), std::string::npos) << err_.str();
  EXPECT_NE(out_.str().find("no such field"), std::string::npos);
}

TEST_F(TapCommandTest, ItEndsWhenItsTimeIsUpThoughTheAgentIsGone) {
  answer(200, opened);
  EXPECT_EQ(outrider({"parked", "--seconds", "3"}), exit_ok);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(TapCommandTest, WrongUseIsToldBeforeAnybodyIsAsked) {
  EXPECT_EQ(outrider({"parked", "--limit", "0"}), exit_usage);
  EXPECT_EQ(outrider({"parked", "--seconds", "soon"}), exit_usage);
  EXPECT_EQ(outrider({"parked", "--where", "level"}), exit_usage);
  EXPECT_NE(err_.str().find("--where log.level=error"), std::string::npos);
  EXPECT_EQ(outrider({"parked", "--format", "xml"}), exit_usage);
  EXPECT_TRUE(agent_.asked.empty());
}

TEST_F(TapCommandTest, WhatTheAgentSaysToAWrongPointIsTold) {
  answer(400, R"({"error":"cannot find the point \"praked\"","hint":"did you mean parked?"})");
  EXPECT_EQ(outrider({"praked"}), exit_usage);
  EXPECT_NE(err_.str().find("did you mean parked?"), std::string::npos);
  answer(200, "{}");
  EXPECT_EQ(outrider({"parked"}), exit_unknown) << "no tap in it";
  answer(200, opened);
  answer(200, "nonsense\n");
  answer(200, opened + "\n" + "{\"last\":1,\"unseen\":0}\n");
  EXPECT_EQ(outrider({"parked", "--limit", "1"}), exit_ok) << "what it cannot take apart it shows as it is";
}
