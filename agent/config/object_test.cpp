#include "agent/config/object.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/load.hpp"
#include "agent/config/testing.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider::config;
using namespace std::chrono_literals;
using outrider::config::testing::pretend;
using ::testing::HasSubstr;

namespace {

struct Probe {
  std::string ask;
  std::string kind;
  outrider::core::Duration every = 5s;
  outrider::core::Duration timeout = 1s;
  std::optional<int> port;
  std::uint8_t tries = 3;
};

struct Root {
  Probe ready;
  std::string name;
};

Kind<Probe> probe() {
  return Object<Probe>()
      .one_of(&Probe::ask, {{"http", text(), "over HTTP"}, {"tcp", text(), "over TCP"}}, "what to ask",
              &Probe::kind)
      .optional("every", &Probe::every, duration(1ms, 1h), "how often")
      .optional("timeout", &Probe::timeout, duration(1ms, 1h), "how long")
      .optional("port", &Probe::port, whole(1, 65535), "where")
      .optional("tries", &Probe::tries, whole(0, 1000), "how many")
      .rule([](const Probe& p) -> std::optional<Complaint> {
        if (p.timeout <= p.every) return std::nullopt;
        return Complaint{"timeout", "`timeout` must not be longer than `every`"};
      });
}

Kind<Root> root() {
  return Object<Root>()
      .required("ready", &Root::ready, probe(), "the first probe")
      .optional("name", &Root::name, text(), "a name");
}

Loaded<Root> loaded(const std::string& body) { return load_text("t.yaml", body, root(), pretend()); }

}  // namespace

TEST(Object, ReadsKeysAndKeepsDefaults) {
  const auto result = loaded("ready: {tcp: \"h:1\", every: 10s, port: 80}\n");
  ASSERT_TRUE(result) << result.report.text();
  EXPECT_EQ(result.value->ready.ask, "h:1");
  EXPECT_EQ(result.value->ready.kind, "tcp");
  EXPECT_EQ(result.value->ready.every, 10s);
  EXPECT_EQ(result.value->ready.timeout, 1s);
  EXPECT_EQ(result.value->ready.port, 80);
}

TEST(Object, TellsEveryErrorAtOnceInTheOrderOfTheDocument) {
  const auto result = loaded("name: [x]\nready:\n  evry: 5s\n  http: a\n  tcp: b\n  port: 0\nother: 1\n");
  EXPECT_EQ(result.report.text(),
            "t.yaml:1:1: `name` must be text, not a list\n"
            "    1 | name: [x]\n"
            "      | ^\n"
            "t.yaml:3:3: unknown key `evry` in `ready`\n"
            "    3 |   evry: 5s\n"
            "      |   ^\n"
            "  hint: did you mean `every`?\n"
            "t.yaml:5:3: `http` and `tcp` cannot both be written; choose one\n"
            "    5 |   tcp: b\n"
            "      |   ^\n"
            "t.yaml:6:9: `port` must be from 1 to 65535, not \"0\"\n"
            "    6 |   port: 0\n"
            "      |         ^\n"
            "t.yaml:7:1: unknown key `other`\n"
            "    7 | other: 1\n"
            "      | ^\n"
            "  hint: it may hold `ready`, `name`\n");
}

TEST(Object, NeedsItsRequiredKeysAndOneOfItsAlternatives) {
  EXPECT_THAT(loaded("name: x\n").report.text(),
              HasSubstr("the configuration needs `ready`: the first probe"));
  EXPECT_THAT(loaded("ready: {every: 5s}\n").report.text(), HasSubstr("`ready` needs one of `http`, `tcp`"));
  EXPECT_THAT(loaded("ready:\n").report.text(), HasSubstr("`ready` is empty: it must be a mapping"));
}

TEST(Object, RulesAreToldAtTheirKey) {
  EXPECT_EQ(loaded("ready:\n  http: a\n  timeout: 9s\n").report.text(),
            "t.yaml:3:12: `timeout` must not be longer than `every`\n"
            "    3 |   timeout: 9s\n"
            "      |            ^\n");
}

TEST(Object, ANumberThatDoesNotFitItsMemberIsRefusedNotCut) {
  EXPECT_THAT(loaded("ready: {http: a, tries: 300}\n").report.text(),
              HasSubstr("`tries` must be a smaller number"));
}

TEST(Object, DescribesItselfAsJsonSchema) {
  const auto schema = json_schema(root(), "Test").json();
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("required"), boost::json::array{"ready"});
  const auto& ready = schema.at("properties").at("ready");
  EXPECT_EQ(ready.at("description"), "the first probe");
  EXPECT_EQ(ready.at("properties").at("port").at("maximum"), 65535);
  EXPECT_EQ(ready.at("oneOf").as_array().size(), 2u);
  EXPECT_THAT(json_schema(root()).pretty(), HasSubstr("\n  \"properties\": {\n"));
}

TEST(Report, NeverShowsALineWhereASecretMayStand) {
  struct T {
    Secret password;
    int port = 0;
  };
  const Kind<T> kind = Object<T>()
                           .optional("password", &T::password, secret(), "help")
                           .optional("port", &T::port, whole(1, 9), "help");
  const auto result = load_text("t.yaml", "{port: x, password: hunter2}\n", kind, pretend());
  EXPECT_EQ(result.report.size(), 2u);
  EXPECT_THAT(result.report.text(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(result.report.text(), HasSubstr("{port: x, password: ‹hidden›"));
}

TEST(Report, LongLinesAreCutAroundTheCaret) {
  const std::string line =
      "name: [" + std::string(300, 'x') + ", é, " + std::string(300, 'y') + "]\nevil: 1\n";
  const auto report = loaded("ready: {http: a, port: \"" + std::string(500, 'z') + "\"}\n" + line).report;
  for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
    end = report.text().find('\n', at);
    EXPECT_LT(end == std::string::npos ? 0 : end - at, 250u);
  }
}

TEST(Report, CountsWhatNobodyWouldRead) {
  std::string text = "ready: {http: a}\n";
  for (int i = 0; i < 300; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const auto report = loaded(text).report;
  EXPECT_EQ(report.size(), 300u);
  EXPECT_THAT(report.text(), HasSubstr("t.yaml: and 100 more\n"));
  EXPECT_EQ(report.error().what, "cannot use t.yaml: 300 errors");
}

TEST(Reload, SeesWhichPartChangedAndAlsoASecretsFile) {
  struct T {
    Secret password;
    std::string name;
  };
  const Kind<T> kind = Object<T>()
                           .optional("password", &T::password, secret(), "help")
                           .optional("name", &T::name, text(), "help");
  const std::string text = "password: {file: /s}\nname: a\n";
  const auto before = load_text("t.yaml", text, kind, pretend({}, {{"/s", "one\n"}}));
  const auto same =
      load_text("t.yaml", "name: a # x\npassword: {file: /s}\n", kind, pretend({}, {{"/s", "one"}}));
  const auto rotated = load_text("t.yaml", text, kind, pretend({}, {{"/s", "two"}}));
  EXPECT_TRUE(same_under("", before, same));
  EXPECT_FALSE(same_under("password", before, rotated));
  EXPECT_TRUE(same_under("name", before, rotated));
  EXPECT_TRUE(same_under("not.there", before, rotated));
  const auto map = map_of(whole(0, 9));
  const auto one = load_text("t.yaml", "api.v2: 1\napi.v3: 1\n", map);
  const auto other = load_text("t.yaml", "api.v2: 1\napi.v3: 2\n", map);
  EXPECT_TRUE(same_under("api.v2", one, other)) << "a key may hold dots";
  EXPECT_FALSE(same_under("api.v3", one, other));
}
