#include "agent/cli/exit_code.hpp"
#include "agent/cli/scripted_agent.hpp"
#include "agent/cli/test_kit.hpp"
#include "agent/seal/digest.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::cli;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class RightsCommandTest : public TypedCommand {
 protected:
  RightsCommandTest() {
    actions_.client = [this](const async::Executor&) { return std::make_unique<ScriptedAgent>(script_); };
  }

  void answers(std::string body) { script_.answers.emplace_back(net::Response{200, {}, std::move(body)}); }

  std::string shown_at_the_door() const {
    return std::string(net::header(script_.asked.back().headers, "Authorization"));
  }

  Script script_;
};

constexpr const char* pager =
    R"-({"schema":1,"name":"pager (token)","role":"responder","may":["look","watch","respond"],"only":["alerts"]})-";

}  // namespace

TEST_F(RightsCommandTest, ATokenIsPrintedAloneAndItsHashForTheConfiguration) {
  ASSERT_EQ(outrider({"token", "--name", "pager", "--role", "responder", "--expires", "2027-01-31"}),
            exit_ok);
  std::string made = out_.str();
  ASSERT_THAT(made, HasSubstr("outrider_"));
  made.pop_back();
  EXPECT_GE(made.size(), 43U + 9U);
  EXPECT_THAT(err_.str(), HasSubstr("    pager:\n      role: responder\n      token_sha256: " +
                                    seal::sha256(made) + "\n      expires: \"2027-01-31\"\n"));
  EXPECT_THAT(err_.str(), Not(HasSubstr(made)));
  ASSERT_EQ(outrider({"token"}), exit_ok);
  EXPECT_THAT(out_.str(), Not(HasSubstr(made)));
}

TEST_F(RightsCommandTest, ATokenIsNotMadeForADayThatIsNone) {
  EXPECT_EQ(outrider({"token", "--expires", "next week"}), exit_usage);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(RightsCommandTest, WhoamiSaysAsWhomAndWhatOneMayDo) {
  answers(pager);
  ASSERT_EQ(outrider({"whoami"}), exit_ok);
  EXPECT_EQ(out_.str(), "pager (token): responder\nmay look, watch, respond (only alerts)\n");
  EXPECT_EQ(shown_at_the_door(), "");
}

TEST_F(RightsCommandTest, TheTokenComesFromAFileOrTheEnvironmentAndNeverFromAnArgument) {
  const std::string file = ::testing::TempDir() + "outrider_rights_token";
  std::ofstream(file) << "outrider_from_a_file\n";
  environment_["OUTRIDER_TOKEN"] = "outrider_from_the_environment";
  answers(pager);
  ASSERT_EQ(outrider({"whoami"}), exit_ok);
  EXPECT_EQ(shown_at_the_door(), "Bearer outrider_from_the_environment");
  answers(pager);
  ASSERT_EQ(outrider({"whoami", "--token-file", file}), exit_ok);
  EXPECT_EQ(shown_at_the_door(), "Bearer outrider_from_a_file");
  std::filesystem::remove(file);
  EXPECT_EQ(outrider({"whoami", "--token-file", file}), exit_bad_config);
  EXPECT_THAT(err_.str(), HasSubstr(file));
}
