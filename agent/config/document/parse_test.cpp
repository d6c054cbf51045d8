#include "agent/config/kinds.hpp"
#include "agent/config/load.hpp"
#include "agent/config/object.hpp"
#include "agent/config/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider::config;
using outrider::config::testing::pretend;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

Report parsed(const std::string& text, Environment environment = pretend()) {
  Report report("t.yaml", text, std::move(environment));
  (void)parse(report);
  return report;
}

Node tree(const std::string& text, Environment environment = pretend()) {
  Report report("t.yaml", text, std::move(environment));
  auto root = parse(report);
  EXPECT_TRUE(report.clean()) << report.text();
  return root.value_or(Node());
}

std::string text_at(const Node& root, std::string_view path) {
  const Node* node = root.at(path);
  return node == nullptr ? "(not there)" : node->text();
}

}  // namespace

TEST(Parse, KnowsThePlaceOfEveryValueInCharacters) {
  const Node root = tree("a: é\nb:\n  - {ü: x}\n");
  EXPECT_EQ(root.at("a")->place(), (Place{1, 4}));
  EXPECT_EQ(root.at("b")->place(), (Place{2, 1})) << "a block is pointed at by its key";
  EXPECT_EQ(root.at("b.0.ü")->place(), (Place{3, 9}));
}

TEST(Parse, TellsADuplicateKeyAndWhereTheFirstIs) {
  EXPECT_EQ(parsed("a: 1\nb: 2\na: 3\n").text(),
            "t.yaml:3:1: `a` is written twice; the first is on line 1\n"
            "    3 | a: 3\n"
            "      | ^\n");
}

TEST(Parse, SharesWhatAnAliasNames) {
  const Node root = tree("a: &x {k: v}\nb: *x\n");
  EXPECT_TRUE(root.at("a")->same_body(*root.at("b")));
  EXPECT_EQ(text_at(root, "b.k"), "v");
}

TEST(Parse, MergesSoThatWhatIsWrittenWinsAndTheEarlierMergedOverTheLater) {
  const Node root = tree(
      "x-one: &one {a: 1, b: 1}\n"
      "x-two: &two {b: 2, c: 2, d: 2}\n"
      "m:\n  d: 3\n  <<: [*one, *two]\n");
  EXPECT_EQ(text_at(root, "m.a"), "1");
  EXPECT_EQ(text_at(root, "m.b"), "1");
  EXPECT_EQ(text_at(root, "m.c"), "2");
  EXPECT_EQ(text_at(root, "m.d"), "3");
  EXPECT_EQ(root.find("x-one"), nullptr) << "a place for anchors is not a setting";
}

TEST(Parse, AQuotedMergeKeyIsAnOrdinaryKey) { EXPECT_EQ(text_at(tree("\"<<\": x\n"), "<<"), "x"); }

TEST(Parse, RefusesToMergeWhatIsNoMapping) {
  EXPECT_THAT(parsed("m: {<<: 5}\n").text(), HasSubstr("`<<` must refer to a mapping, not to \"5\""));
  EXPECT_THAT(parsed("m: {<<: [{a: 1}, x]}\n").text(), HasSubstr("not to \"x\""));
}

TEST(Parse, FillsInVariablesInValuesOnly) {
  const auto environment = pretend({{"PORT", "8080"}, {"EMPTY", ""}});
  const Node root = tree(
      "a: ${PORT}\nb: \"x${PORT}y$$z\"\nc: ${NO:-fallback}\nd: \"${EMPTY:-fallback}\"\ne: \"[${EMPTY}]\"\n"
      "${PORT}: key\nf: cost $5\ng: '${PORT}'\nh: |\n  port ${PORT}\n# ${NOT_SET} in a comment\n",
      environment);
  EXPECT_EQ(text_at(root, "a"), "8080");
  EXPECT_EQ(root.at("a")->style(), Style::filled);
  EXPECT_EQ(text_at(root, "b"), "x8080y$z");
  EXPECT_EQ(text_at(root, "c"), "fallback");
  EXPECT_EQ(text_at(root, "d"), "fallback");
  EXPECT_EQ(text_at(root, "e"), "[]");
  EXPECT_EQ(text_at(root, "${PORT}"), "key");
  EXPECT_EQ(text_at(root, "f"), "cost $5");
  EXPECT_EQ(text_at(root, "g"), "8080");
  EXPECT_EQ(text_at(root, "h"), "port 8080\n");
}

TEST(Parse, WhatAVariableHoldsIsNeverReadAsYaml) {
  const Node root = tree("a: ${X}\n", pretend({{"X", "b: [c]\n*d ${Y}"}}));
  EXPECT_EQ(text_at(root, "a"), "b: [c]\n*d ${Y}");
}

TEST(Parse, AMissingVariableIsTheOnlyErrorAtItsPlace) {
  struct T {
    std::int64_t port = 0;
  };
  const Kind<T> kind = Object<T>().optional("port", &T::port, whole(1, 9), "help");
  const auto loaded = load_text("t.yaml", "port: ${PORT}\n", kind, pretend());
  EXPECT_EQ(loaded.report.text(),
            "t.yaml:1:7: the variable PORT is not set\n"
            "    1 | port: ${PORT}\n"
            "      |       ^\n"
            "  hint: set it, or write ${PORT:-default}\n");
}

TEST(Parse, PointsAtTheVariableInsideALongerText) {
  const Report report = parsed("a: >-\n  one\n  two ${NOPE}\n");
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report.troubles()[0].place, (Place{3, 7}));
}

TEST(Parse, BadReferencesAreTold) {
  EXPECT_THAT(parsed("a: ${1X}\n").text(), HasSubstr("${1X} does not name a variable"));
  EXPECT_THAT(parsed("a: ${}\n").text(), HasSubstr("${} does not name a variable"));
  EXPECT_THAT(parsed("a: ${OPEN\n").text(), HasSubstr("${ is not closed"));
  EXPECT_THAT(parsed("a: ${X}\n", pretend({{"X", "\xff"}})).text(), HasSubstr("X is not UTF-8 text"));
}

TEST(Parse, ByteOrderMarkAndCarriageReturnsDoNotShow) {
  const Node root = tree(
      "\xef\xbb\xbf"
      "a: 1\r\nb: |\r\n  x\r\n  y\r\n");
  EXPECT_EQ(root.at("a")->place(), (Place{1, 4}));
  EXPECT_EQ(text_at(root, "b"), "x\ny\n");
}

TEST(Parse, QuotesThatAreNotClosedAreToldWhereTheyBegin) {
  for (const char* text : {"a: \"b\nc: d\n", "a: 'b\nc: d\n", "a: &x \"b\n", "a: 'it''s\n", "a: \"b\\\"\n"}) {
    EXPECT_THAT(parsed(text).text(), HasSubstr("t.yaml:1:")) << text;
    EXPECT_THAT(parsed(text).text(), HasSubstr("not closed")) << text;
  }
  EXPECT_TRUE(parsed("a: \"b\\\"c\"\nb: 'it''s'\nc: \"\"\n").clean());
}

TEST(Parse, AnEmptyItemIsToldAtItsDash) {
  const Node root = tree("a:\n  - x\n  -\n  # a comment\n  - y\n  -\nb: 1\n");
  EXPECT_EQ(root.at("a")->items()[1].place(), (Place{3, 3}));
  EXPECT_EQ(root.at("a")->items()[3].place(), (Place{6, 3}));
}

TEST(Parse, OnlyOneDocumentAndNoTagsAndPlainKeys) {
  EXPECT_THAT(parsed("a: 1\n---\nb: 2\n").text(), HasSubstr("t.yaml:2:1: a second document begins here"));
  EXPECT_TRUE(parsed("---\na: 1\n...\n").clean());
  EXPECT_THAT(parsed("a: !!int 5\n").text(), HasSubstr("the tag !!int has no meaning here"));
  EXPECT_THAT(parsed("? [a]\n: b\n").text(), HasSubstr("a key must be plain text, not a list"));
  EXPECT_THAT(parsed("? {a: b}\n: b\n").text(), HasSubstr("a key must be plain text, not a mapping"));
  EXPECT_THAT(parsed("a: &x k\n*x : b\n").text(), HasSubstr("not an alias"));
  EXPECT_THAT(parsed("~: b\n").text(), HasSubstr("a key may not be empty"));
}

TEST(Parse, AliasesThatDoNotHoldAreTold) {
  EXPECT_THAT(parsed("a: *b\n").text(), HasSubstr("refers to an anchor that is not defined above"));
  EXPECT_THAT(parsed("a: &a [*a]\n").text(), HasSubstr("the alias stands inside what it refers to"));
}

TEST(Parse, NothingIsAClearAnswerToo) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "~\n", "\xef\xbb\xbf"})
    EXPECT_THAT(parsed(text).text(), HasSubstr("t.yaml: it is empty")) << text;
}

TEST(Fingerprint, IgnoresOrderCommentsQuotesAndAnchors) {
  const Node one = tree("a: {x: 1, y: \"two\"}\nb: [p, q]\n");
  const Node other = tree("# hello\nb:\n  - p\n  - 'q'\na:\n  y: two\n  x: 1\n");
  EXPECT_EQ(fingerprint(one), fingerprint(other));
  EXPECT_EQ(fingerprint(one).size(), 32u);
  EXPECT_NE(fingerprint(one), fingerprint(tree("a: {x: 1, y: two}\nb: [q, p]\n")));
}

TEST(Fingerprint, IsNotFooledByTextThatLooksLikeStructure) {
  EXPECT_NE(canonical(tree("a: [b, c]\n")), canonical(tree("a: [\"b1:c\"]\n")));
  EXPECT_NE(canonical(tree("a: ''\n")), canonical(tree("a:\n")));
}
