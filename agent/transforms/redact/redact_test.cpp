#include "agent/transforms/redact/redact.hpp"

#include "agent/transforms/reading.hpp"
#include "agent/transforms/redact/digest.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::redact;
using namespace outrider::transforms::testing;
using namespace std::chrono_literals;

namespace {

const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

Settings settings_with(std::vector<Rule> rules) { return {std::move(rules), config::Secret("pepper")}; }

Settings usual() {
  return settings_with({{Kind::email, Manner::mask, "", ""},
                        {Kind::jwt, Manner::mask, "", ""},
                        {Kind::bearer_token, Manner::mask, "", ""},
                        {Kind::card_number, Manner::mask, "", ""},
                        {Kind::phone, Manner::mask, "", ""},
                        {Kind::field, Manner::mask, "password", ""}});
}

ChainPlan plan_of(const std::string& format, const Settings& settings) {
  auto loaded = config::load_text("test", format, reading_kind());
  EXPECT_TRUE(loaded) << loaded.report.text();
  return {loaded ? *loaded.value : default_reading(), {}, {[settings](const Tools& tools) {
            return make(tools, settings);
          }}};
}

std::string through(std::string_view line, const Settings& settings = usual(),
                    const std::string& format = "json") {
  Flow run(plan_of(format, settings));
  return run(line);
}

double counted(Flow& run, std::string_view kind) {
  for (const auto& family : run.registry().Collect()) {
    if (family.name != "outrider_redacted_total") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.front().value == kind) return metric.counter.value;
    }
  }
  return -1;
}

}  // namespace

TEST(Redact, SecretsGoFromMessageFieldsAndKeysAtAnyDepth) {
  const std::string out = through(
      R"({"msg":"login of bob@example.com","to":["eve@example.org",{"x":{"y":"call +49 30 1234567"}}],)"
      R"("bob@example.com":1,"pan":4111111111111111,"ok":true,"n":12})");
  EXPECT_EQ(value_in(out, "message"), "\"login of [redacted:email]\"");
  EXPECT_EQ(value_in(out, "to"), R"(["[redacted:email]",{"x":{"y":"call [redacted:phone]"}}])");
  EXPECT_EQ(value_in(out, "[redacted:email]"), "1");
  EXPECT_EQ(value_in(out, "pan"), "\"[redacted:card_number]\"")
      << "a number becomes text: the document stays valid";
  EXPECT_EQ(value_in(out, "ok"), "true");
  EXPECT_EQ(value_in(out, "n"), "12");
}

TEST(Redact, ANamedFieldGoesWhateverItHolds) {
  const std::string out = through(
      R"({"msg":"m","Password":"a\"b","user":{"password":{"a":[1]},"name":"bob"},"list":[{"password":7}],)"
      R"("pass\u0077ord":"x","body":"{\"password\":\"hunter2\"}","old_password":"kept"})");
  EXPECT_EQ(value_in(out, "Password"), "\"[redacted:password]\"");
  EXPECT_EQ(value_in(out, "user"), R"({"password":"[redacted:password]","name":"bob"})");
  EXPECT_EQ(value_in(out, "list"), R"([{"password":"[redacted:password]"}])");
  EXPECT_EQ(value_in(out, "password"), "\"[redacted:password]\"") << "spelt with an escape";
  EXPECT_EQ(value_in(out, "body"), R"("{\"password\":\"[redacted:password]\"}")") << "JSON within a text";
  EXPECT_EQ(value_in(out, "old_password"), "\"kept\"");
  const Settings text = settings_with({{Kind::field, Manner::mask, "text", ""}});
  EXPECT_EQ(value_in(through(R"({"text":"secret","n":1})", text), "message"), "\"[redacted:text]\"")
      << "also when it has become the message";
}

TEST(Redact, APathNamesAFieldWithinAnother) {
  const Settings path = settings_with({{Kind::field, Manner::mask, "user.token", ""}});
  EXPECT_EQ(value_in(through(R"({"msg":"m","user":{"token":"x","id":1},"token":"y"})", path), "user"),
            R"({"token":"[redacted:user.token]","id":1})");
  EXPECT_EQ(value_in(through(R"({"msg":"m","user":{"token":"x"},"token":"y"})", path), "token"), "\"y\"");
  EXPECT_EQ(value_in(through(R"({"msg":"m","user.token":"x"})", path), "user.token"),
            "\"[redacted:user.token]\"");
}

TEST(Redact, EscapesHideNothing) {
  const std::string out = through(
      R"({"msg":"bob\u0040example.com","a":"eyJhbGciOiJIUzI1NiJ9\u002eeyJzdWIiOiIxIn0\u002ec2ln","b":"\u002b49 30 1234567\n"})");
  EXPECT_EQ(value_in(out, "message"), "\"[redacted:email]\"");
  EXPECT_EQ(value_in(out, "a"), "\"[redacted:jwt]\"");
  EXPECT_EQ(value_in(out, "b"), R"("[redacted:phone]\n")");
}

TEST(Redact, HashTellsTheSameFromTheSameAndDropLeavesNothing) {
  const Settings settings = settings_with({{Kind::email, Manner::hash, "", ""},
                                           {Kind::field, Manner::drop, "password", ""},
                                           {Kind::custom, Manner::drop, "ticket", "TK-\\d+"}});
  const std::string a = value_in(through(R"({"msg":"bob@example.com"})", settings), "message");
  EXPECT_EQ(a, "\"[email:" + digest("pepper", "bob@example.com") + "]\"");
  EXPECT_EQ(value_in(through(R"({"to":"bob@example.com"})", settings), "to"), a);
  EXPECT_NE(value_in(through(R"({"to":"eve@example.com"})", settings), "to"), a);
  EXPECT_NE(digest("salt", "bob@example.com"), digest("pepper", "bob@example.com"));
  const std::string out =
      through(R"({"msg":"see TK-12!","password":"x","u":{"password":1,"n":2},"v":{"password":1}})", settings);
  EXPECT_EQ(value_in(out, "message"), "\"see !\"");
  EXPECT_EQ(value_in(out, "password"), "") << "the field is gone";
  EXPECT_EQ(value_in(out, "u"), R"({"n":2})");
  EXPECT_EQ(value_in(out, "v"), "{}");
}

// RFC 4231, test case 2.
TEST(Redact, TheDigestIsHmacSha256) {
  EXPECT_EQ(digest("Jefe", "what do ya want for nothing?"), "5bdcc146bf60754e");
}

TEST(Redact, ALineThatCouldNotBeReadHidesNothingEither) {
  EXPECT_EQ(value_in(through(R"({"user":"bob@example.com","password":"hunt)"), "message"),
            R"("{\"user\":\"[redacted:email]\",\"password\":\"[redacted:password]")");
  EXPECT_EQ(value_in(through("password=hunter2 from bob@example.com", usual(), "logfmt"), "password"),
            "\"[redacted:password]\"");
  EXPECT_EQ(value_in(through("no pairs, password: hunter2", usual(), "logfmt"), "message"),
            "\"no pairs, password: [redacted:password]\"");
  EXPECT_EQ(value_in(through("Authorization: Bearer x9", usual(), "text"), "message"),
            "\"Authorization: Bearer [redacted:bearer_token]\"");
  EXPECT_EQ(
      value_in(through("bob hunter2", usual(), "{regex: '(?P<user>[a-z]+) (?P<password>.*)'}"), "password"),
      "\"[redacted:password]\"")
      << "where the line does not say the name either";
  EXPECT_EQ(through(R"({"m":"bob\u0040example.com","n":"bob\\u0040example.org)").find("example"),
            std::string::npos)
      << "escapes hide nothing there either";
  EXPECT_EQ(value_in(through(R"({"msg":"m","body":"{\"to\":\"bob\\u0040example.com\"}"})"), "body"),
            R"("{\"to\":\"[redacted:email]\"}")");
  const std::string docker = R"({"log":"bob@example.com\n","stream":"stdout","time":"never"})";
  EXPECT_EQ(through(docker, usual(), "docker_json").find("bob@"), std::string::npos);
}

TEST(Redact, WhatIsFoundIsCountedByKind) {
  Flow run(plan_of("json", usual()));
  EXPECT_EQ(counted(run, "email"), 0) << "there from the start";
  run(R"({"msg":"a@b.cd e@f.gh","password":1})");
  EXPECT_EQ(counted(run, "email"), 2);
  EXPECT_EQ(counted(run, "field"), 1);
  EXPECT_EQ(counted(run, "iban"), 0);
}

TEST(Redact, NoSecretComesThroughTheSeamOfACutLine) {
  const std::string secrets[]{"bob@example.com", jwt, "4111 1111 1111 1111",
                              "Bearer 6f1ed002ab5595859014ebf0951522d9",
                              R"("password":"correct horse battery staple")"};
  for (const std::string& secret : secrets) {
    const std::string line = "x " + secret + " y";
    for (std::size_t seam = 1; seam < line.size(); ++seam) {
      Flow run(plan_of("json", usual()));
      const std::string first =
          value_in(run(std::string_view(line).substr(0, seam), telemetry::mark_cut), "message");
      const std::string second =
          value_in(run(std::string_view(line).substr(seam), telemetry::mark_continued), "message");
      for (const std::string_view part : {"bob", "example", "c2lnbmF0", "eyJ", "41", "11", "6f1e", "1522",
                                          "rect", "horse", "batt", "aple"}) {
        EXPECT_EQ(first.find(part), std::string::npos) << line.substr(0, seam) << "|" << line.substr(seam);
        EXPECT_EQ(second.find(part), std::string::npos) << line.substr(0, seam) << "|" << line.substr(seam);
      }
      EXPECT_TRUE(first.starts_with("\"x ") || first == "\"[redacted:cut]\"") << first;
      EXPECT_TRUE(second.ends_with("y\"") || second.ends_with("[redacted:cut]\"")) << second;
    }
  }
}

TEST(Redact, HostileLinesTakeLinearTimeAndStayValid) {
  for (const char c : {'@', '1', '"', '\\', ':', '{', '=', 'e', 'b', '+'}) {
    const std::string line(1 << 20, c);
    EXPECT_NE(value_in(through(line), "message").substr(0, 7), "no JSON") << c;
  }
  std::string deep(60, '[');
  deep = R"({"msg":"a@b.cd","deep":)" + deep + "\"a@b.cd\"" + std::string(60, ']') + "}";
  EXPECT_EQ(through(deep).find("a@b"), std::string::npos);
}
