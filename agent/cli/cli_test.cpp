#include "agent/cli/cli.hpp"

#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/cli/test_kit.hpp"
#include "agent/cli/words/command_line.hpp"
#include "agent/cli/words/command_table.hpp"
#include "agent/cli/words/completion.hpp"
#include "tests/golden/faces/sample_status.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include <boost/json/parse.hpp>

using namespace outrider;
using namespace outrider::cli;
using namespace outrider::testing;

namespace {

std::string golden(const std::string& name) {
  std::ifstream file("tests/golden/faces/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A pipe whose reader leaves once it has seen so many lines.
class ClosesAfter final : public std::stringbuf {
 public:
  explicit ClosesAfter(std::ptrdiff_t lines) : lines_(lines) {}

 private:
  int sync() override {
    const std::string seen = str();
    return std::count(seen.begin(), seen.end(), '\n') >= lines_ ? -1 : 0;
  }

  std::ptrdiff_t lines_;
};

// Nobody has to wait in a test.
class HastyClock final : public StandingClock {
 public:
  core::WallTime wall() const override { return noon; }
};

class CommandTest : public TypedCommand {
 protected:
  CommandTest() {
    actions_.version = "0.1.0";
    actions_.clock = &clock_;
    actions_.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(agent_); };
    actions_.run = [this](const RunOptions& options) {
      ran_ = options;
      return 7;
    };
    actions_.validate = [this](const std::string&) { return validation_; };
    actions_.check = [this](const std::string&) { return probes_; };
    actions_.schema = [] { return std::string("{\"type\":\"object\"}"); };
    actions_.premises = [this](const std::string&) { return premises_; };
    premises_->socket = "/run/test.sock";
  }

  void answer(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    agent_.answers.emplace_back(std::move(response));
  }

  HastyClock clock_;
  Script agent_;
  std::optional<RunOptions> ran_;
  Validation validation_{true, "1 child, 2 probes", "", {}};
  core::Outcome<std::vector<core::ProbeStatus>> probes_ = healthy_status().probes;
  core::Outcome<Premises> premises_ = Premises{};
};

}  // namespace

TEST_F(CommandTest, AnUnknownCommandIsAnsweredWithTheOneThatWasMeant) {
  EXPECT_EQ(outrider({"statsu"}), exit_usage);
  EXPECT_EQ(err_.str(), "outrider: cannot find the command \"statsu\"\nhint: did you mean \"status\"?\n");
  EXPECT_EQ(outrider({"-c", "status.yaml", "statsu"}), exit_usage);
  EXPECT_NE(err_.str().find("\"statsu\""), std::string::npos);
  EXPECT_EQ(outrider({"frobnicate"}), exit_usage);
  EXPECT_NE(err_.str().find("hint: outrider --help lists them"), std::string::npos);
}

TEST_F(CommandTest, AnUnknownOptionIsAnsweredWithTheOneThatWasMeant) {
  EXPECT_EQ(outrider({"restart", "--raeson", "x"}), exit_usage);
  EXPECT_NE(err_.str().find("did you mean --reason?"), std::string::npos) << err_.str();
}

TEST_F(CommandTest, WrongUseEndsWith64) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"restart"},
                                                                 {"completion"},
                                                                 {"completion", "tcsh"},
                                                                 {"audit"},
                                                                 {"audit", "eat"},
                                                                 {"status", "--output", "xml"},
                                                                 {"status", "more"},
                                                                 {"timeline", "--count", "many"}}) {
    EXPECT_EQ(outrider(words), exit_usage) << err_.str();
    EXPECT_FALSE(err_.str().empty());
  }
}

TEST_F(CommandTest, EveryCommandHasHelpWithAnExample) {
  for (const CommandEntry& entry : commands()) {
    EXPECT_EQ(outrider({std::string(entry.name), "--help"}), exit_ok) << entry.name;
    EXPECT_NE(out_.str().find("Example:\n  outrider " + std::string(entry.name)), std::string::npos)
        << out_.str();
  }
  EXPECT_EQ(outrider({"--help"}), exit_ok);
  EXPECT_NE(out_.str().find("78 bad configuration"), std::string::npos);
  EXPECT_EQ(outrider({"--version"}), exit_ok);
  EXPECT_EQ(out_.str(), "outrider 0.1.0\n");
}

TEST_F(CommandTest, RunPassesTheConfigurationOnAndEndsAsTheAgentDoes) {
  EXPECT_EQ(outrider({"run", "-c", "/etc/x.yaml", "--dry-run"}), 7);
  EXPECT_EQ(ran_->config_path, "/etc/x.yaml");
  EXPECT_TRUE(ran_->dry_run);
  EXPECT_EQ(outrider({"--config=/etc/y.yaml", "run"}), 7);
  EXPECT_EQ(ran_->config_path, "/etc/y.yaml");
  environment_["OUTRIDER_CONFIG"] = "/etc/z.yaml";
  EXPECT_EQ(outrider({"run"}), 7);
  EXPECT_EQ(ran_->config_path, "/etc/z.yaml");
  EXPECT_FALSE(ran_->dry_run);
}

TEST_F(CommandTest, ValidateEndsWith78AndTheWholeReport) {
  EXPECT_EQ(outrider({"validate", "-c", "a.yaml"}), exit_ok);
  EXPECT_EQ(out_.str(), "✓ a.yaml is good: 1 child, 2 probes\n");
  validation_ = {false, "", "a.yaml:3:5: unknown key \"evrey\"\n  evrey: 5s\n  ^\n", {}};
  EXPECT_EQ(outrider({"validate", "-c", "a.yaml"}), exit_bad_config);
  EXPECT_EQ(err_.str(), validation_.report);
  EXPECT_EQ(outrider({"validate", "-o", "json"}), exit_bad_config);
  EXPECT_FALSE(boost::json::parse(out_.str()).at("good").as_bool());
  validation_ = {true, "", "", {"no probe is configured"}};
  EXPECT_EQ(outrider({"validate"}), exit_warning);
}

TEST_F(CommandTest, CheckFailsClosed) {
  EXPECT_EQ(outrider({"check"}), exit_ok);
  expect_golden("check_ok.txt", out_.str());
  probes_->at(1).last = core::Standing::unknown;
  EXPECT_EQ(outrider({"check"}), exit_unknown);
  probes_->at(0).last = core::Standing::not_ok;
  EXPECT_EQ(outrider({"check"}), exit_critical) << "not ok outweighs unknown";
  EXPECT_EQ(out_.str().substr(0, 44), "OUTRIDER CRITICAL - 0 of 2 probes ok | ready");
  EXPECT_EQ(outrider({"check", "--output", "json"}), exit_critical);
  EXPECT_EQ(boost::json::parse(out_.str()).at("state").as_string(), "critical");
  probes_->clear();
  EXPECT_EQ(outrider({"check"}), exit_unknown) << "nothing asked is nothing known";
  probes_ = core::fail(core::Errc::exhausted, "cannot start: no descriptors left");
  EXPECT_EQ(outrider({"check"}), exit_unknown);
  probes_ = core::fail(core::Errc::invalid, "a.yaml:1:1: not a mapping\n");
  EXPECT_EQ(outrider({"check"}), exit_bad_config);
  EXPECT_EQ(err_.str(), "a.yaml:1:1: not a mapping\n");
}

TEST_F(CommandTest, StatusEndsAsTheServiceIs) {
  answer(200, golden("status_healthy.json"));
  EXPECT_EQ(outrider({"status"}), exit_ok) << err_.str();
  expect_golden("status_healthy.txt", out_.str());
  EXPECT_EQ(agent_.asked.back().url, "unix:/run/test.sock:/api/v1/status");
  answer(200, golden("status_sick.json"));
  EXPECT_EQ(outrider({"status"}), exit_critical);
  expect_golden("status_sick.txt", out_.str());
  answer(200, golden("status_unknown.json"));
  EXPECT_EQ(outrider({"status"}), exit_unknown);
  expect_golden("status_unknown.txt", out_.str());
}

TEST_F(CommandTest, StatusAsJsonIsTheAgentsOwn) {
  answer(200, golden("status_sick.json"));
  EXPECT_EQ(outrider({"status", "-o", "json"}), exit_critical);
  EXPECT_EQ(out_.str(), golden("status_sick.json"));
}

TEST_F(CommandTest, NoAgentIsUnknownAndSaysWhereItLooked) {
  agent_.answers.emplace_back(core::fail(core::Errc::not_found, "cannot connect: No such file or directory"));
  EXPECT_EQ(outrider({"status"}), exit_unknown);
  EXPECT_NE(err_.str().find("cannot reach the agent at /run/test.sock: cannot connect: No such file"),
            std::string::npos);
  EXPECT_NE(err_.str().find("hint: is it running"), std::string::npos);
  agent_.answers.emplace_back(core::fail(core::Errc::denied, "cannot connect: Permission denied"));
  EXPECT_EQ(outrider({"restart", "--reason", "x"}), exit_critical);
  EXPECT_NE(err_.str().find("hint: you may not open it"), std::string::npos);
}

TEST_F(CommandTest, TheAgentIsFoundByOptionThenVariableThenConfiguration) {
  environment_["OUTRIDER_AGENT"] = "unix:/run/other.sock";
  outrider({"status", "--agent", "http://127.0.0.1:9465/"});
  EXPECT_EQ(agent_.asked.back().url, "http://127.0.0.1:9465/api/v1/status");
  outrider({"status"});
  EXPECT_EQ(agent_.asked.back().url, "unix:/run/other.sock:/api/v1/status");
  environment_.clear();
  premises_ = core::fail(core::Errc::not_found, "cannot open /etc/outrider/outrider.yaml");
  outrider({"status"});
  EXPECT_EQ(agent_.asked.back().url, "unix:/run/outrider.sock:/api/v1/status");
  const auto asked = agent_.asked.size();
  EXPECT_EQ(outrider({"status", "-c", "missing.yaml"}), exit_bad_config) << "a named file must be good";
  EXPECT_EQ(agent_.asked.size(), asked);
}

TEST_F(CommandTest, StrangersAnswersAreUnknownNotFine) {
  for (const std::string& body : {std::string("<html>"), std::string("[]"), std::string("{}"),
                                  std::string("{\"schema\":2}"), std::string("\xFF\xFE")}) {
    answer(200, body);
    EXPECT_EQ(outrider({"status"}), exit_unknown) << body;
    EXPECT_FALSE(err_.str().empty());
  }
}

TEST_F(CommandTest, RestartSendsItsReasonAndWhoAsks) {
  environment_["USER"] = "root";
  environment_["SUDO_USER"] = "alice";
  answer(200, R"({"schema":1,"done":"tests-api was restarted"})");
  EXPECT_EQ(outrider({"restart", "--reason", "pool \"stuck\"", "--even-without-budget"}), exit_ok);
  EXPECT_EQ(out_.str(), "✓ tests-api was restarted\n");
  const net::Request& asked = agent_.asked.back();
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.body, R"({"reason":"pool \"stuck\"","even_without_budget":true})");
  EXPECT_EQ(net::header(asked.headers, "X-Outrider-Operator"), "alice");
  EXPECT_EQ(net::header(asked.headers, "Content-Type"), "application/json");
}

TEST_F(CommandTest, ARefusalIsPassedOnWithItsHint) {
  answer(409, R"({"error":"cannot restart: the budget is spent","hint":"add --even-without-budget"})");
  EXPECT_EQ(outrider({"restart", "-r", "x"}), exit_critical);
  EXPECT_EQ(err_.str(), "outrider: cannot restart: the budget is spent\nhint: add --even-without-budget\n");
  answer(503, R"({"error":"cannot reload: stopping"})");
  EXPECT_EQ(outrider({"reload", "-r", "x", "-o", "json"}), exit_unknown);
  EXPECT_EQ(boost::json::parse(out_.str()).at("error").as_string(), "cannot reload: stopping");
}

TEST_F(CommandTest, TimelineTellsTheNewestInSentences) {
  const std::string events =
      R"json({"agent_started":"2026-11-20T00:00:00.000Z","missed":false,"last":2,"events":[
    {"sequence":1,"time":"2026-11-21T11:59:57.004Z","kind":"lifecycle","subject":"tests-api",
     "sentence":"tests-api died: killed by signal 9 (SIGKILL)"},
    {"sequence":2,"time":"2026-11-21T11:59:57.011Z","kind":"action","subject":"tests-api",
     "sentence":"started again: pid 5\u001b[2J"}]})json";
  answer(200, events);
  EXPECT_EQ(outrider({"timeline"}), exit_ok);
  EXPECT_EQ(out_.str(),
            "11:59:57.004  tests-api died: killed by signal 9 (SIGKILL)\n"
            "11:59:57.011  tests-api: started again: pid 5\\x1b[2J\n");
  answer(200, events);
  EXPECT_EQ(outrider({"timeline", "-n", "1"}), exit_ok);
  EXPECT_EQ(out_.str(), "11:59:57.011  tests-api: started again: pid 5\\x1b[2J\n");
}

TEST_F(CommandTest, FollowingGoesOnAfterTheAgentWasAwayAndStartedAnew) {
  const auto news = [](const std::string& started, int sequence, const std::string& sentence) {
    return R"({"agent_started":")" + started + R"(","events":[{"sequence":)" + std::to_string(sequence) +
           R"(,"time":"2026-11-21T12:00:00Z","kind":"health","subject":"api","sentence":")" + sentence +
           "\"}]}";
  };
  answer(200, news("a", 5, "api one"));
  answer(200, news("a", 6, "api two"));
  agent_.answers.emplace_back(core::fail(core::Errc::unavailable, "connection refused"));
  agent_.answers.emplace_back(core::fail(core::Errc::unavailable, "connection refused"));
  answer(200, R"({"agent_started":"b","events":[]})");  // it answers again, and is another
  answer(200, news("b", 1, "api three"));
  answer(200, news("b", 2, "api four"));

  ClosesAfter screen(4);
  std::ostream out(&screen);
  Terminal terminal(out, err_, [](const std::string&) { return std::nullopt; }, false);
  const char* const argv[] = {"outrider", "timeline", "--follow"};
  EXPECT_EQ(run(3, argv, actions_, terminal), exit_ok);

  EXPECT_EQ(
      screen.str(),
      "12:00:00.000  api one\n12:00:00.000  api two\n12:00:00.000  api three\n12:00:00.000  api four\n");
  EXPECT_EQ(err_.str(),
            "-- cannot reach the agent at /run/test.sock: connection refused; asking again every second\n"
            "-- the agent answers again\n-- the agent was started anew\n");
  EXPECT_EQ(agent_.asked.at(1).url, "unix:/run/test.sock:/api/v1/timeline?after=5&wait=30s");
  EXPECT_EQ(agent_.asked.at(5).url, "unix:/run/test.sock:/api/v1/timeline?after=0&wait=30s");
}

TEST_F(CommandTest, SchemaAndCompletionGoToStandardOutput) {
  EXPECT_EQ(outrider({"schema"}), exit_ok);
  EXPECT_EQ(out_.str(), "{\"type\":\"object\"}\n");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(outrider({"completion", shell}), exit_ok);
    for (const CommandEntry& entry : commands()) {
      EXPECT_NE(out_.str().find(entry.name), std::string::npos) << shell << " " << entry.name;
    }
    EXPECT_NE(out_.str().find("even-without-budget"), std::string::npos) << shell;
  }
}

TEST_F(CommandTest, ColourIsACourtesyThatCanBeForcedOrRefused) {
  answer(200, golden("status_sick.json"));
  outrider({"status"});
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
  answer(200, golden("status_sick.json"));
  outrider({"status", "--color", "always"});
  EXPECT_NE(out_.str().find("\x1b[31;1m"), std::string::npos);
}

TEST_F(CommandTest, DoctorTellsOfABadConfigurationAmongTheRest) {
  premises_ = core::fail(core::Errc::invalid, "a.yaml:1:1: not a mapping\n  x\n  ^");
  EXPECT_EQ(outrider({"doctor", "-c", "a.yaml"}), exit_critical);
  EXPECT_NE(out_.str().find(
                "✗  configuration: a.yaml:1:1: not a mapping\n   → outrider validate --config a.yaml\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(outrider({"doctor", "-o", "json"}), exit_critical);
  EXPECT_GE(boost::json::parse(out_.str()).at("findings").as_array().size(), 7u);
}

TEST_F(CommandTest, AReportKeepsItsLinesAndShowsNoEscapes) {
  probes_ = core::fail(core::Errc::invalid, "x.yaml:1:1: unknown key `stait`\n    1 | stait: \x1b[2J\n");
  EXPECT_EQ(outrider({"check"}), exit_bad_config);
  EXPECT_EQ(err_.str(), "x.yaml:1:1: unknown key `stait`\n    1 | stait: \\x1b[2J\n");
  premises_ = core::fail(core::Errc::invalid, "/etc/x/y: cannot read it: Not a directory\n");
  EXPECT_EQ(outrider({"status", "--config", "/etc/x/y"}), exit_bad_config);
  EXPECT_EQ(err_.str(), "/etc/x/y: cannot read it: Not a directory\n");
  answer(400,
         R"({"error":"cannot use x.yaml: 1 error","hint":"x.yaml:1:1: unknown key `stait`\n    1 | …\n"})");
  EXPECT_NE(outrider({"reload", "--agent", "/run/x.sock", "--reason", "a slip"}), exit_ok);
  EXPECT_EQ(err_.str(), "outrider: cannot use x.yaml: 1 error\nx.yaml:1:1: unknown key `stait`\n    1 | …\n");
}

TEST(Printable, LetsNoTextCommandTheTerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\td\x7f"), "a\\x1b[31mb\\nc d\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m \xC3\xA9 \xFF"),
            "\\x9b31m \xC3\xA9 \xEF\xBF\xBD");
}

TEST_F(CommandTest, CompletionKnowsThePointsOfATapAndThatTestsAreFiles) {
  const std::map<std::string, std::pair<std::string, std::string>> expected{
      {"bash", {"tap) words='source left_out", "test) words='"}},
      {"zsh", {"'*:POINT:(source left_out", "'*:FILE:_files'"}},
      {"fish",
       {"__fish_seen_subcommand_from tap' -a 'source left_out", "__fish_seen_subcommand_from test' -F"}}};
  for (const auto& [shell, words] : expected) {
    EXPECT_EQ(outrider({"completion", shell}), exit_ok);
    EXPECT_NE(out_.str().find(words.first), std::string::npos) << out_.str();
    EXPECT_NE(out_.str().find(words.second), std::string::npos) << out_.str();
  }
}
