#include "agent/pipeline/rehearsal/rehearse.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::pipeline;

namespace {

const std::string section =
    "logs:\n"
    "  read: [{file: '/var/log/*.log', format: json}]\n"
    "  steps: [{drop: {level: debug}}, {rename: {pw: password}}]\n"
    "  redact: [email, {field: password}]\n"
    "  send_to: [{elasticsearch: {urls: ['https://es:9200'], data_stream: logs-tests-school}}]\n";

config::Loaded<Suite> load(const std::string& tests) {
  return config::load_text("t.yaml", section + "tests:\n" + tests, suite_kind());
}

// The sentences about all that was not as expected.
std::string told(const std::string& test, const std::string& input) {
  const auto suite = load("  - {name: x, input: [x], " + test + "}\n");
  EXPECT_TRUE(suite) << suite.report.text();
  if (!suite) return "no suite";
  core::Resource resource;
  resource.service = "test";
  const auto rehearsed = rehearse(resource, *suite.value->logs, suite.value->tests[0], input);
  if (!rehearsed) return "error: " + rehearsed.error().what;
  std::string all;
  for (const Difference& difference : rehearsed->differences) {
    for (const std::string& sentence : difference.said)
      all += std::to_string(difference.record) + " " + sentence + "\n";
  }
  return all;
}

std::string complaint(const std::string& tests) {
  const auto suite = load(tests);
  return suite ? "" : suite.report.text();
}

}  // namespace

TEST(Rehearsal, WhatIsAsExpectedSaysNothing) {
  EXPECT_EQ(told("expect: [{dropped: filtered}, {document: {message: 'to [redacted:email]', n: 5, ok: true}, "
                 "absent: [pw], matches: {password: '^.redacted'}}]",
                 "{\"level\":\"debug\",\"msg\":\"x\"}\n{\"msg\":\"to "
                 "bob@example.com\",\"n\":5,\"ok\":true,\"pw\":\"hunter2\"}\n"),
            "");
}

TEST(Rehearsal, EachThingThatIsNotAsExpectedIsSaid) {
  EXPECT_EQ(told("expect: [{document: {message: b, absent: 1}, absent: [n], matches: {message: '^z', z: z}}]",
                 "{\"msg\":\"a\",\"n\":1.50}\n"),
            "1 message: expected b, got \"a\"\n"
            "1 absent: expected 1, got nothing\n"
            "1 message: expected what matches ^z, got \"a\"\n"
            "1 z: expected what matches z, got nothing\n"
            "1 n: expected nothing, got 1.50\n");
  EXPECT_EQ(told("expect: [{dropped: sampled}, {}]", "{\"level\":\"debug\"}\n{\"level\":\"debug\"}\n"),
            "1 expected to be dropped (sampled), was for filtered\n"
            "2 expected a document, and it was dropped: filtered\n");
  EXPECT_EQ(told("expect: [{dropped: sampled}]", "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n"),
            "1 expected to be dropped (sampled), and it went on\n2 not expected: a document\n");
  EXPECT_EQ(told("expect: [{}, {}]", "{\"msg\":\"a\"}\n"), "2 expected, and nothing came\n");
  EXPECT_EQ(told("expect: [{becomes: delivered}]", "{\"msg\":\"a\"}\n"),
            "1 expected a destination's answer, and the test has no `answers`\n");
}

TEST(Rehearsal, WhatTheClusterAnswersIsWhatTheRecordBecomes) {
  const std::string input =
      "{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n{\"msg\":\"c\"}\n{\"msg\":\"d\"}\n{\"msg\":\"e\"}\n";
  EXPECT_EQ(
      told("answers: [201, 400, 409, [429, 201], 403], expect: [{becomes: delivered, tries: 1}, {parked: "
           "parsing}, {becomes: duplicate}, {becomes: delivered, tries: 2}, {becomes: waiting}]",
           input),
      "");
  const std::string wrong =
      told("answers: [201, 400], expect: [{becomes: parked}, {parked: mapping}, {tries: 7}, {}, {}]", input);
  EXPECT_NE(wrong.find("1 expected to be parked, is delivered\n"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("2 expected to be parked for mapping, is for "), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("3 expected to be sent 7 times, was 1\n"), std::string::npos) << wrong;
}

TEST(Rehearsal, WhatIsDroppedGetsToNoCluster) {
  EXPECT_EQ(told("answers: [400], expect: [{dropped: filtered}, {parked: document_parsing}]",
                 "{\"level\":\"debug\"}\n{\"msg\":\"b\"}\n"),
            "");
}

TEST(Rehearsal, AStrangeSuiteIsRefusedWithItsPlace) {
  EXPECT_NE(
      complaint("  - {name: x, input: [a], expect: [{droped: filtered}]}\n").find("did you mean `dropped`?"),
      std::string::npos);
  EXPECT_NE(complaint("  - {name: x, input: [a], expect: [{dropped: filtered, tries: 2}]}\n")
                .find("what is dropped gets to no destination"),
            std::string::npos);
  EXPECT_NE(
      complaint("  - {name: x, input: [a], expect: [{parked: a, becomes: parked}]}\n").find("says already"),
      std::string::npos);
  EXPECT_NE(complaint("  - {name: x, input: [a], expect: [{document: {a: [1]}}]}\n").find("a single value"),
            std::string::npos);
  EXPECT_NE(complaint("  - {name: x, input: [a], expect: [{matches: {a: '('}}]}\n").find("t.yaml:7:"),
            std::string::npos);
  EXPECT_NE(complaint("  - {name: x, input: [a], answers: [99], expect: []}\n").find("99"),
            std::string::npos);
  EXPECT_NE(complaint("  - {name: x, input: [a], expect: []}\n  - {name: x, input: [a], expect: []}\n")
                .find("two tests are called \"x\""),
            std::string::npos);
  EXPECT_FALSE(config::load_text("t.yaml", "tests: [{name: x, input: [a], expect: []}]", suite_kind()));
  EXPECT_EQ(told("source: 2, expect: []", "a\n"), "error: cannot take source 2: logs.read has 1");
}
