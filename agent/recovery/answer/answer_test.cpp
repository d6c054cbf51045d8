#include "agent/recovery/answer/answer.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"
#include "agent/seal/token.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace std::chrono_literals;

namespace {

const core::WallTime noon = *core::read_time("2026-11-21T12:00:00.400Z");

seal::SigningKey key_of(char letter = 'k') { return *seal::SigningKey::from_seed(std::string(32, letter)); }

struct Asked {
  core::GateQuestion question;
  GateView view;
  GateResult result;
  Snapshot snapshot;
  Issuer issuer{"tests-db", "db-1", 5min};

  Asked() {
    question.check = "rpo";
    result.asked = Check::rpo;
    result.code = 0;
    result.sentence = "if the primary died now you would lose 41 s";
    result.taken = noon - 2s;
    snapshot.exposure.proven.level = Level::asserted;
    snapshot.exposure.proven.set = "20261121-010000F";
    snapshot.exposure.proven.as_of = noon - 3h;
    view.now = noon;
  }
  std::string token() {
    view.snapshot = &snapshot;
    return sign_answer(key_of(), claims_of(result, view, question, issuer));
  }
};

AnswerProof verify(const std::string& token, core::WallTime now = noon + 1min, Expected expected = {}) {
  if (expected.check == "all") expected.check = "rpo";
  return verify_answer(token, key_of().public_key(), expected, now);
}

Expected expecting(std::string Expected::* member, std::string value) {
  Expected expected;
  expected.check = "rpo";
  expected.*member = std::move(value);
  return expected;
}

}  // namespace

TEST(Answer, OfTheGateIsGenuineForWhoeverHasTheKey) {
  const AnswerProof proof = verify(Asked().token());
  EXPECT_EQ(proof.code, 0) << proof.why;
  EXPECT_TRUE(proof.genuine);
  EXPECT_EQ(proof.claims.at("level"), "L4 asserted");
  EXPECT_EQ(proof.claims.at("set"), "20261121-010000F");
  EXPECT_EQ(proof.claims.at("proven"), "2026-11-21T09:00:00.400Z");
  EXPECT_EQ(proof.claims.at("instance"), "db-1");
  EXPECT_TRUE(proof.nagios().starts_with("RECOVERY rpo OK - genuine: if the primary died")) << proof.nagios();
  EXPECT_EQ(proof.nagios().find('\n'), std::string::npos);
}

TEST(Answer, EndsWithTheGatesOwnCode) {
  for (const int code : {0, 1, 2, 3}) {
    Asked asked;
    asked.result.code = code;
    EXPECT_EQ(verify(asked.token()).code, code);
  }
}

TEST(Answer, CountsForMinutesAndNotLonger) {
  const std::string token = Asked().token();
  EXPECT_EQ(verify(token, noon + 4min + 59s).code, 0);
  const AnswerProof late = verify(token, noon + 5min);
  EXPECT_EQ(late.code, 3);
  EXPECT_NE(late.why.find("it expired"), std::string::npos) << late.why;
}

TEST(Answer, AClockThatIsALittleAheadIsForgivenAndOneFarAheadIsNot) {
  const std::string token = Asked().token();
  EXPECT_EQ(verify(token, noon - 50s).code, 0);
  const AnswerProof early = verify(token, noon - 2min);
  EXPECT_EQ(early.code, 3);
  EXPECT_NE(early.why.find("a clock is wrong"), std::string::npos);
}

TEST(Answer, IsToOneCheckOnly) {
  Expected expected;
  expected.check = "replication";
  const AnswerProof other = verify(Asked().token(), noon, expected);
  EXPECT_EQ(other.code, 3);
  EXPECT_EQ(other.why, "it answers the check \"rpo\", and \"replication\" is asked for");
}

TEST(Answer, WhatWasAskedWithItIsComparedWhereItIsExpected) {
  Asked asked;
  asked.question.require = "level>=L3 age<24h";
  asked.question.nonce = "build-4711";
  const std::string token = asked.token();
  EXPECT_EQ(verify(token).code, 0);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::require, "level>=L3 age<24h")).code, 0);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::require, "level>=L4")).code, 3);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::nonce, "build-4711")).code, 0);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::nonce, "build-4712")).code, 3);
  EXPECT_EQ(verify(Asked().token(), noon, expecting(&Expected::nonce, "build-4711")).code, 3)
      << "it has none";
  EXPECT_EQ(verify(token, noon, expecting(&Expected::expect_wal, "40GB")).code, 3);
}

TEST(Answer, GivenForSomebodyItIsForNobodyElse) {
  Asked asked;
  asked.question.audience = "deploy of tests-api";
  const std::string token = asked.token();
  EXPECT_EQ(verify(token).code, 3);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::audience, "deploy of tests-api")).code, 0);
  EXPECT_EQ(verify(token, noon, expecting(&Expected::audience, "somebody else")).code, 3);
  EXPECT_EQ(verify(Asked().token(), noon, expecting(&Expected::audience, "somebody else")).code, 3);
}

TEST(Answer, ThatWasOverriddenEndsWithItsOverride) {
  Asked asked;
  asked.result.overridden = true;
  asked.result.waiver = {"Ada", "hotfix 12", noon + 90s};
  const std::string token = asked.token();
  const AnswerProof proof = verify(token, noon + 80s);
  EXPECT_EQ(proof.code, 0);
  EXPECT_EQ(proof.claims.at("override"), "Ada");
  EXPECT_EQ(verify(token, noon + 91s).code, 3);
}

TEST(Answer, OfAnotherKeyCountsForNothing) {
  const AnswerProof proof =
      verify_answer(Asked().token(), key_of('x').public_key(), expecting(&Expected::check, "rpo"), noon);
  EXPECT_EQ(proof.code, 3);
  EXPECT_NE(proof.why.find("signed by another key"), std::string::npos);
  EXPECT_TRUE(proof.claims.empty()) << "nothing is read of what is not proven";
}

TEST(Answer, NothingThatIsNoAnswerEverCounts) {
  const seal::SigningKey key = key_of();
  for (const std::string payload :
       {"", "{}", "[]", "null", R"({"check":"rpo","code":0,"answer":"ok"})",
        R"({"check":"rpo","code":0,"answer":"ok","iat":1795262400,"exp":99999999999})",
        R"({"check":"rpo","code":0,"answer":"ok","iat":"1795262400","exp":"1795262700"})"}) {
    EXPECT_EQ(verify(seal::write_token(key, answer_type, payload)).code, 3) << payload;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(noon.time_since_epoch()).count();
  const auto with = [&](const std::string& more) {
    return seal::write_token(key, answer_type, "{\"check\":\"rpo\",\"iat\":" + std::to_string(now) + more);
  };
  const std::string soon = ",\"exp\":" + std::to_string(now + 100);
  EXPECT_EQ(verify(with(soon + R"(,"code":0,"answer":"ok"})")).code, 0) << "this one is fine";
  EXPECT_EQ(verify(with(soon + R"(,"code":0,"answer":"critical"})")).code, 3);
  EXPECT_EQ(verify(with(soon + R"(,"code":7,"answer":"unknown"})")).code, 3);
  EXPECT_EQ(verify(with(soon + R"(,"code":-1,"answer":"unknown"})")).code, 3);
  EXPECT_EQ(verify(with(soon + R"(,"code":"0","answer":"ok"})")).code, 3);
  const std::string long_one = ",\"exp\":" + std::to_string(now + 4000);
  EXPECT_NE(verify(with(long_one + R"(,"code":0,"answer":"ok"})")).why.find("longer than any"),
            std::string::npos);
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(1 << 20, 'a'), Asked().token() + "="})
    EXPECT_EQ(verify(text).code, 3);
}

TEST(Answer, ALongSentenceStillFitsIntoIt) {
  Asked asked;
  asked.result.sentence = std::string(50'000, 'x');
  EXPECT_EQ(verify(asked.token()).code, 0);
}
