#include "agent/cli/cli.hpp"
#include "agent/cli/exit_code.hpp"

#include <sstream>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() {
    actions_.explain = [this](const ExplainOptions& options, const TellLine& tell) -> core::Outcome<> {
      asked_ = options;
      if (options.source > 2) return core::fail(core::Errc::invalid, "cannot explain source 3");
      tell({"{\"msg\":\"a\"}", {{"json", "1 fields"}, {"redact", "1 email"}}, {"{\"message\":\"a\"}"}});
      tell({"\tat \x1b[31mx", {}, {}});
      return {};
    };
  }

  int outrider(std::vector<const char*> words) {
    words.insert(words.begin(), "outrider");
    out_.str("");
    err_.str("");
    const Terminal::Lookup nothing = [](const std::string&) { return std::nullopt; };
    Terminal terminal(out_, err_, nothing, false);
    return run(static_cast<int>(words.size()), words.data(), actions_, terminal);
  }

  Actions actions_;
  ExplainOptions asked_;
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace

TEST_F(ExplainTest, TellsPeopleStepByStep) {
  EXPECT_EQ(outrider({"explain", "-c", "x.yaml", "--source", "2"}), exit_ok);
  EXPECT_EQ(asked_.config_path, "x.yaml");
  EXPECT_EQ(asked_.source, 2u);
  EXPECT_EQ(out_.str(),
            "{\"msg\":\"a\"}\n"
            "    json         1 fields\n"
            "    redact       1 email\n"
            "  → {\"message\":\"a\"}\n"
            " at \\x1b[31mx\n"
            "  … waits for the next line\n");
}

TEST_F(ExplainTest, TellsProgramsALineOfJsonEach) {
  EXPECT_EQ(outrider({"explain", "-c", "x.yaml", "--output", "json"}), exit_ok);
  EXPECT_EQ(asked_.source, 1u);
  const auto first = boost::json::parse(out_.str().substr(0, out_.str().find('\n')));
  EXPECT_EQ(first.at("line"), "{\"msg\":\"a\"}");
  EXPECT_EQ(first.at("steps").at(1).at("by"), "redact");
  EXPECT_EQ(first.at("documents").at(0).at("message"), "a");
}

TEST_F(ExplainTest, WrongUseAndBadConfigurationEndDifferently) {
  EXPECT_EQ(outrider({"explain", "-c", "x.yaml", "--source", "0"}), exit_usage);
  EXPECT_EQ(outrider({"explain", "-c", "x.yaml", "--source", "two"}), exit_usage);
  EXPECT_EQ(outrider({"explain", "-c", "x.yaml", "--source", "3"}), exit_bad_config);
  EXPECT_NE(err_.str().find("cannot explain source 3"), std::string::npos);
}
