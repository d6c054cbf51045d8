#include "agent/cli/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

class TestCommandTest : public TypedCommand {
 protected:
  TestCommandTest() {
    actions_.rehearse = [this](const std::string& path) {
      asked_.push_back(path);
      return tried_;
    };
  }

  int outrider(std::vector<std::string> words) {
    words.insert(words.begin(), "test");
    return TypedCommand::outrider(std::move(words));
  }

  std::vector<std::string> asked_;
  core::Outcome<std::vector<pipeline::Rehearsed>> tried_ = std::vector<pipeline::Rehearsed>{
      {"a <good> one", {}, 2},
      {"a bad one", {{9, 1, {"message: expected b, got \"a\""}, "{}", {"json: 1 fields"}}}, 1}};
};

}  // namespace

TEST_F(TestCommandTest, WhatFailedIsToldWithItsPlaceAndWhatWasDone) {
  EXPECT_EQ(outrider({"t.yaml"}), 1);
  EXPECT_EQ(out_.str(),
            "✓ a <good> one\n✗ a bad one\n    t.yaml:9, record 1\n      message: expected b, got \"a\"\n"
            "      → {}\n        json: 1 fields\n1 passed, 1 failed\n");
  tried_->pop_back();
  EXPECT_EQ(outrider({"t.yaml", "u.yaml"}), 0);
  EXPECT_EQ(asked_, (std::vector<std::string>{"t.yaml", "t.yaml", "u.yaml"}));
  EXPECT_TRUE(out_.str().ends_with("2 passed, 0 failed\n"));
}

TEST_F(TestCommandTest, ForProgramsThereIsJsonAndWhatCiSystemsRead) {
  EXPECT_EQ(outrider({"t.yaml", "--format", "json"}), 1);
  EXPECT_TRUE(out_.str().starts_with(R"({"schema":1,"passed":1,"failed":1,"tests":[{"file":"t.yaml",)"))
      << out_.str();
  EXPECT_EQ(outrider({"t.yaml", "--format", "junit"}), 1);
  EXPECT_NE(out_.str().find(R"(<testsuite name="t.yaml" tests="2" failures="1">)"), std::string::npos);
  EXPECT_NE(out_.str().find(R"(name="a &lt;good&gt; one"/>)"), std::string::npos);
  EXPECT_NE(out_.str().find(R"(<failure message="message: expected b, got &quot;a&quot;">)"),
            std::string::npos);
}

TEST_F(TestCommandTest, AFileThatCannotBeUsedIsNoFailedTest) {
  EXPECT_EQ(outrider({}), 2);
  tried_ = core::fail(core::Errc::invalid, "t.yaml:3:5: unknown key `nam`");
  EXPECT_EQ(outrider({"t.yaml"}), 2);
  EXPECT_NE(err_.str().find("t.yaml:3:5"), std::string::npos);
  EXPECT_EQ(outrider({"t.yaml", "--format", "xml"}), 64);
}
