#include "agent/cli/exit_code.hpp"
#include "agent/cli/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::cli;

namespace {

class ProofCommandTest : public TypedCommand {
 protected:
  ProofCommandTest() {
    actions_.make_evidence = [this](const EvidenceOptions& options) {
      made_ = options;
      return told_;
    };
    actions_.verify_evidence = [this](const EvidenceCheck& check) {
      bundle_ = check;
      return told_;
    };
    actions_.verify_answer = [this](const AnswerCheck& check) {
      answer_ = check;
      return told_;
    };
    actions_.show_key = [this](const std::string& config_path, const std::string& state) {
      key_of_ = config_path + state;
      return told_;
    };
  }

  core::Outcome<Told> told_ = Told{0, "✓ it holds\n", "{}"};
  EvidenceOptions made_;
  EvidenceCheck bundle_;
  AnswerCheck answer_;
  std::string key_of_;
};

}  // namespace

TEST_F(ProofCommandTest, EvidenceIsMadeForAPeriodOrADrill) {
  EXPECT_EQ(outrider({"evidence", "-c", "a.yaml", "--since", "90d", "--to", "bundle"}), exit_ok);
  EXPECT_EQ(made_.config_path + made_.since + made_.to, "a.yaml90dbundle");
  EXPECT_EQ(outrider({"evidence", "make", "--drill", "20261121-033000"}), exit_ok);
  EXPECT_EQ(made_.drill, "20261121-033000");
  told_ = core::fail(core::Errc::invalid, "a.yaml has no section `recovery`");
  EXPECT_EQ(outrider({"evidence"}), exit_bad_config);
  told_ = core::fail(core::Errc::not_found, "cannot find the drill");
  EXPECT_EQ(outrider({"evidence"}), exit_unknown);
}

TEST_F(ProofCommandTest, ABundleIsVerifiedWithoutAConfiguration) {
  EXPECT_EQ(outrider({"evidence", "verify", "b/bundle.json", "--key", "outrider.pub"}), exit_ok);
  EXPECT_EQ(bundle_.path + " " + bundle_.key, "b/bundle.json outrider.pub");
  EXPECT_EQ(out_.str(), "✓ it holds\n");
  told_ = Told{2, "✗ drill 1 was altered\n", R"({"code":2})"};
  EXPECT_EQ(outrider({"evidence", "verify", "bundle.json", "-o", "json"}), exit_critical);
  EXPECT_EQ(out_.str(), "{\"code\":2}\n");
  told_ = core::fail(core::Errc::invalid, "cannot read the public key: it is no Ed25519 key");
  EXPECT_EQ(outrider({"evidence", "verify", "bundle.json"}), exit_unknown) << "nothing was learnt of it";
}

TEST_F(ProofCommandTest, WhatIsVerifiedMustBeNamed) {
  EXPECT_EQ(outrider({"evidence", "verify"}), exit_usage);
  EXPECT_EQ(outrider({"evidence", "make", "bundle.json"}), exit_usage);
  EXPECT_EQ(outrider({"evidence", "eat"}), exit_usage);
  EXPECT_EQ(outrider({"check", "rpo", "--verify", "e30.e30.AA"}), exit_usage) << "a key is needed";
  EXPECT_NE(err_.str().find("outrider evidence key"), std::string::npos);
}

TEST_F(ProofCommandTest, AnAnswerIsVerifiedForTheCheckThatWasAsked) {
  EXPECT_EQ(outrider({"check", "rpo", "--verify", "e30.e30.AA", "--key", "k.pub", "--nonce", "7", "--require",
                      "level>=L3"}),
            exit_ok);
  EXPECT_EQ(answer_.question.check + answer_.question.nonce + answer_.question.require, "rpo7level>=L3");
  EXPECT_EQ(answer_.token, "e30.e30.AA");
  EXPECT_EQ(outrider({"check", "--verify", "-", "--key", "k.pub"}), exit_ok);
  EXPECT_EQ(answer_.question.check, "all");
  told_ = Told{3, "RECOVERY UNKNOWN - …\n", "{}"};
  EXPECT_EQ(outrider({"check", "--verify", "-", "--key", "k.pub"}), exit_unknown);
  told_ = core::fail(core::Errc::not_found, "cannot read the public key");
  EXPECT_EQ(outrider({"check", "--verify", "-", "--key", "k.pub"}), exit_unknown);
  EXPECT_TRUE(out_.str().starts_with("RECOVERY UNKNOWN - ")) << "one line for the monitor all the same";
}

TEST_F(ProofCommandTest, TheKeyIsThatOfAStateDirectory) {
  EXPECT_EQ(outrider({"evidence", "key", "--state", "/var/lib/outrider", "-c", "a.yaml"}), exit_ok);
  EXPECT_EQ(key_of_, "a.yaml/var/lib/outrider");
}
