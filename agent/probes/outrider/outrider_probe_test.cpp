#include "agent/probes/outrider/outrider_probe.hpp"

#include "agent/probes/test_kit.hpp"

#include <gmock/gmock.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

class OutriderProbe : public probes::testing::ProbeTest {
 protected:
  core::Answer ask_about(const std::string& body, int status = 200) {
    net_.add_host("tests-api:9465", [this, body, status](const net::Call& call) {
      path = call.path;
      authorization = net::header(call.headers, "Authorization");
      return net::Response{status, {}, body};
    });
    const auto probe =
        probes::outrider::make_probe({"http://tests-api:9465/", config::Secret("s3cret"), 1min}, tools_);
    return ask(*probe, 1s);
  }
  std::string path, authorization;
};

std::string word(const std::string& standing, const std::string& causes = "[]",
                 const std::string& age = "2.5") {
  return R"({"schema":1,"service":"tests-api","standing":")" + standing +
         R"(","why":"is sick: live failed 3 times in a row","causes":)" + causes + R"(,"age_seconds":)" +
         age + "}";
}

}  // namespace

TEST_F(OutriderProbe, TakesTheVerdictOverWithWhatIsBehindIt) {
  const core::Answer answer = ask_about(word("not_ok", R"(["postgres"])"));
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_THAT(answer.causes, ElementsAre("tests-api", "postgres"));
  EXPECT_EQ(answer.detail, "tests-api is sick: live failed 3 times in a row; because of postgres");
  EXPECT_EQ(path, "/api/v1/verdict");
  EXPECT_EQ(authorization, "Bearer s3cret");
}

TEST_F(OutriderProbe, IsItsOwnCauseWhenNothingIsBehindIt) {
  EXPECT_THAT(ask_about(word("not_ok")).causes, ElementsAre("tests-api"));
  EXPECT_TRUE(ask_about(word("ok")).causes.empty());
  EXPECT_EQ(ask_about(word("ok")).standing, Standing::ok);
}

TEST_F(OutriderProbe, WhatItDoesNotKnowWeDoNotKnow) {
  EXPECT_EQ(ask_about(word("unknown")).standing, Standing::unknown);
  EXPECT_EQ(ask_about(word("sideways")).standing, Standing::unknown);
  const core::Answer old = ask_about(word("ok", "[]", "61"));
  EXPECT_EQ(old.standing, Standing::unknown);
  EXPECT_THAT(old.detail, HasSubstr("what the other Outrider knows of tests-api is 1 min"));
}

TEST_F(OutriderProbe, WhoeverElseAnswersThereIsNoReasonToThinkItSick) {
  for (const char* body : {"", "<html>", "{}", "[]", R"({"service":7})"})
    EXPECT_EQ(ask_about(body).standing, Standing::unknown) << body;
  EXPECT_EQ(ask_about(word("not_ok"), 503).standing, Standing::unknown);
  EXPECT_EQ(ask_about(word("not_ok"), 401).standing, Standing::unknown);
  net_.remove_host("tests-api:9465");
  const auto probe = probes::outrider::make_probe({"http://tests-api:9465", {}, 1min}, tools_);
  EXPECT_EQ(ask(*probe, 1s).standing, Standing::unknown)
      << "its agent is away; of the service we know nothing";
}

TEST_F(OutriderProbe, AChainThatCannotBeOneIsNotBelieved) {
  EXPECT_EQ(ask_about(word("not_ok", "[7]")).standing, Standing::unknown);
  EXPECT_EQ(ask_about(word("not_ok", R"([""])")).standing, Standing::unknown);
  std::string endless = R"(["a")";
  for (int i = 0; i < 100; ++i) endless += R"(,"a")";
  EXPECT_EQ(ask_about(word("not_ok", endless + "]")).standing, Standing::unknown);
}
