#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/cli/test_kit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class AlertCommand : public TypedCommand {
 protected:
  AlertCommand() {
    actions_.clock = &clock_;
    actions_.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(agent_); };
    actions_.test_notifiers = [this](const std::string&, const std::string& name, const std::string&) {
      tested_here_ = name;
      return core::Outcome<std::string>("✓ taken");
    };
  }

  int outrider(std::vector<std::string> words) {
    words.insert(words.end(), {"--agent", "/run/test.sock"});
    return TypedCommand::outrider(std::move(words));
  }
  void answer(std::string body, int status = 200) {
    agent_.answers.push_back(net::Response{status, {{"Content-Type", "application/json"}}, std::move(body)});
  }

  Script agent_;
  StandingClock clock_;
  std::string tested_here_;
};

constexpr const char* some = R"({"schema": 1,
  "alerts": [{"key": "ServiceDown/x", "severity": "critical", "state": "%STATE%", "sentence": "x \u001b[31m is sick",
              "note": "acknowledged by alice"},
             {"key": "ScrapeFailing/y", "severity": "warning", "state": "firing", "sentence": "cannot scrape y"}],
  "silences": [{"id": "s1", "what": "Probe*", "until": "2026-11-29T10:00:00Z", "who": "bob", "reason": "moving"}],
  "notifiers": [{"name": "slack", "trouble": "no answer"}, {"name": "mail", "trouble": ""}]})";

std::string with_state(const std::string& state) {
  std::string text = some;
  return text.replace(text.find("%STATE%"), 7, state);
}

}  // namespace

TEST_F(AlertCommand, ListsAndEndsWithTheWorstThatPeopleAreToldOf) {
  answer(with_state("acknowledged"));
  EXPECT_EQ(outrider({"alert", "list"}), exit_critical);
  EXPECT_THAT(out_.str(), HasSubstr("ServiceDown/x"));
  EXPECT_THAT(out_.str(), HasSubstr("(acknowledged by alice)"));
  EXPECT_THAT(out_.str(), HasSubstr("silence s1 of Probe* until"));
  EXPECT_THAT(out_.str(), HasSubstr("slack does not reach people: no answer"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("mail")));
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b[31m"))) << "no other hand paints in the terminal";
  answer(with_state("pending"));
  EXPECT_EQ(outrider({"alert", "list"}), exit_warning) << "what may go by itself counts for nothing";
  answer(R"({"alerts": [], "silences": [], "notifiers": []})");
  EXPECT_EQ(outrider({"alert", "list"}), exit_ok);
  EXPECT_EQ(out_.str(), "no alerts\n");
}

TEST_F(AlertCommand, OrdersGoOutWithTheirReasonAndEscaped) {
  answer(R"({"done": "silenced"})");
  EXPECT_EQ(outrider({"alert", "silence", "*/a&b", "--for", "2h", "--reason", "moving"}), exit_ok)
      << err_.str();
  EXPECT_THAT(agent_.asked.back().url, HasSubstr("/api/v1/alerts/silence?target="));
  EXPECT_THAT(agent_.asked.back().url, HasSubstr("a%26b&for=2h"));
  EXPECT_THAT(agent_.asked.back().body, HasSubstr("moving"));
  const std::size_t asked = agent_.asked.size();
  EXPECT_EQ(outrider({"alert", "silence", "x", "--reason", "moving"}), exit_usage) << "a silence ends";
  EXPECT_EQ(outrider({"alert", "ack", "x"}), exit_usage) << "without a reason";
  EXPECT_EQ(outrider({"alert", "ack", "--reason", "I look"}), exit_usage) << "which?";
  EXPECT_EQ(outrider({"notify"}), exit_usage);
  EXPECT_EQ(agent_.asked.size(), asked);
}

TEST_F(AlertCommand, ATestSaysWhatCameOfIt) {
  answer(R"({"done": "✓ slack: posted\n✓ mail: taken"})");
  EXPECT_EQ(outrider({"notify", "--test"}), exit_ok);
  EXPECT_EQ(out_.str(), "✓ slack: posted\n✓ mail: taken\n");
  EXPECT_THAT(agent_.asked.back().url, HasSubstr("/api/v1/notify/test"));
  EXPECT_EQ(outrider({"notify", "--test", "mail", "--here"}), exit_ok) << err_.str();
  EXPECT_EQ(tested_here_, "mail");
}
