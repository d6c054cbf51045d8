// What every format, wrapper, joiner and step has promised: whatever is written in a line, it becomes one
// document that every reader takes, or is left out and counted; no byte of it is lost or counted twice, and
// nothing is thrown.
#include "agent/config/load.hpp"
#include "agent/transforms/chain.hpp"
#include "agent/transforms/reading.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::transforms;

namespace {

struct World {
  std::string name;
  std::string yaml;     // of the entry's value
  std::string bad;      // what nobody should be able to configure
  std::string typical;  // a line that it is made for
};

// An entry without a row here fails the suite and says so.
const std::vector<World> worlds{
    {"json", "json", "{json: 1}", R"({"msg":"m","level":"info"})"},
    {"text", "text", "{text: 1}", "m"},
    {"logfmt", "logfmt", "{logfmt: 1}", "level=info msg=m"},
    {"regex", "{regex: '^(?P<level>[a-z]+) (?P<message>.*)$'}", "{regex: '('}", "info m"},
    {"syslog", "syslog", "{syslog: 1}", "<14>1 - h a - - - m"},
    {"cri", "{cri: text}", "{cri: cri}", "2026-11-21T11:26:03.5Z stdout F m"},
    {"docker_json", "{docker_json: text}", "{docker_json: docker_json}",
     R"({"log":"m\n","stream":"stdout","time":"2026-11-21T11:26:03Z"})"},
    {"journald", "{journald: text}", "{journald: journald}", "\x1EW42\n{\"process.pid\":42}\nm"},
    {"otlp", "{otlp: text}", "{otlp: otlp}", "\x1EW\n{\"trace.id\":\"x\"}\nm"},
    {"multiline", "all", "{start: '['}", "m"},
    {"redact", "[email, bearer_token, jwt, card_number, iban, phone, {field: password}, {regex: '^x+'}]",
     "[{kind: email, by: hash}]", "m"},
    {"steps",
     "[{drop: {message: 'ROUND'}}, {keep: {message: '[^R]'}}, {add: {team: \"core\\u0007\", service.name: "
     "x}}, "
     "{rename: {x: y, a: event.dataset}}, {remove: [x, b]}, {sample: {share: 0.5, by: team, below: all}}, "
     "{route: {to: x}}, {rate_limit: {records: 5 per 1s, below: all, by: [message, a.b]}, when: {fields: "
     "{team: core}}}]",
     "[{drop: {}}]", "m"},
};

std::vector<std::string> entries() {
  Shelf shelf;
  fill(shelf);
  std::vector<std::string> names;
  for (const auto& entry : shelf.formats()) names.emplace_back(entry.name);
  for (const auto& entry : shelf.wrappers()) names.emplace_back(entry.name);
  for (const auto& entry : shelf.joiners()) names.emplace_back(entry.name);
  for (const auto& entry : shelf.steps()) names.emplace_back(entry.name);
  return names;
}

const World& world_of(const std::string& name) {
  for (const World& world : worlds) {
    if (world.name == name) return world;
  }
  throw std::runtime_error("transform_contract.cpp has no world for " + name);
}

// The chain that has the entry in it; nothing when the configuration is refused.
std::optional<ChainPlan> plan_for(const std::string& name, const std::string& yaml) {
  Shelf shelf;
  fill(shelf);
  ChainPlan plan{default_reading(), {}, {}};
  for (const auto& entry : shelf.joiners()) {
    if (entry.name != name) continue;
    auto loaded = config::load_text("test", yaml, entry.kind);
    if (!loaded) return std::nullopt;
    plan.joining = *loaded.value;
    return plan;
  }
  for (const auto& entry : shelf.steps()) {
    if (entry.name != name) continue;
    auto loaded = config::load_text("test", yaml, entry.kind);
    if (!loaded) return std::nullopt;
    plan.steps.push_back(*loaded.value);
    return plan;
  }
  auto loaded = config::load_text("test", yaml, reading_kind());
  if (!loaded) return std::nullopt;
  plan.reading = *loaded.value;
  return plan;
}

std::vector<std::string> strange_lines() {
  std::vector<std::string> lines{"",
                                 " ",
                                 "{",
                                 "{}",
                                 "[]",
                                 "null",
                                 "\"",
                                 "\\",
                                 "=",
                                 "a=\"\\",
                                 std::string(1, '\0'),
                                 "\x01\x1F\x7F",
                                 "\xEF\xBF\xBD",
                                 R"({"message":1,"@timestamp":{},"log.offset":[],"stream":"x","stream":"y"})",
                                 R"({"":"","a":"\ud83d"})",
                                 "2026-11-21T11:26:03.5Z stdout P half",
                                 R"({"log":"","stream":"stdout","time":"2026-11-21T11:26:03Z"})",
                                 "Traceback (most recent call last):",
                                 std::string(100'000, '{'),
                                 std::string(1 << 20, '@')};
  for (const World& world : worlds) lines.push_back(world.typical);
  return lines;
}

class TransformContract : public ::testing::TestWithParam<std::string> {};

void expect_document(const telemetry::Record& record) {
  EXPECT_EQ(record.text.find('\n'), std::string_view::npos);
  boost::json::error_code problem;
  boost::json::parse_options options;
  options.max_depth = 128;
  const auto value = boost::json::parse(record.text, problem, {}, options);
  ASSERT_FALSE(problem) << record.text.substr(0, 200);
  EXPECT_TRUE(value.at("message").is_string());
  EXPECT_TRUE(value.at("@timestamp").is_string());
}

}  // namespace

TEST_P(TransformContract, EveryLineBecomesADocumentOrIsLeftOutAndNoByteIsLost) {
  const auto plan = plan_for(GetParam(), world_of(GetParam()).yaml);
  ASSERT_TRUE(plan);
  const std::vector<std::string> lines = strange_lines();
  for (const std::uint8_t marks :
       {0, int{telemetry::mark_cut}, int{telemetry::mark_continued},
        telemetry::mark_cut | telemetry::mark_continued, int{telemetry::mark_unterminated}}) {
    ::prometheus::Registry registry;
    const core::Resource resource;
    Chain chain({resource, registry}, *plan);
    telemetry::Batch batch;
    batch.stream = "child output";
    for (const std::string& line : lines) {
      telemetry::Record record;
      record.text = line;
      record.bytes = line.size() + 1;
      record.marks = marks;
      batch.records.push_back(record);
    }
    const std::uint64_t bytes = batch.bytes();
    chain.apply(batch, {});
    std::uint64_t came_out = batch.bytes();
    std::uint64_t records_left_out = 0;
    for (const telemetry::Record& record : batch.records) expect_document(record);
    for (const telemetry::Batch& rest : chain.rest()) {
      came_out += rest.bytes();
      EXPECT_EQ(rest.stream, "child output");
      for (const telemetry::Record& record : rest.records) expect_document(record);
    }
    for (const LeftOut& some : chain.left_out()) {
      came_out += some.bytes;
      records_left_out += some.records;
      EXPECT_EQ(some.stream, "child output");
    }
    if (marks & (telemetry::mark_cut | telemetry::mark_continued)) {
      EXPECT_EQ(records_left_out, 0u) << "redact must see each piece";
    }
    EXPECT_EQ(came_out, bytes);
    EXPECT_TRUE(chain.rest().empty());
  }
}

TEST_P(TransformContract, ATypicalLineIsReadAsSuch) {
  const auto plan = plan_for(GetParam(), world_of(GetParam()).yaml);
  ASSERT_TRUE(plan);
  ::prometheus::Registry registry;
  const core::Resource resource;
  Chain chain({resource, registry}, *plan);
  telemetry::Batch batch;
  batch.stream = "child output";
  batch.records.emplace_back().text =
      GetParam() == "redact" || GetParam() == "steps" || GetParam() == "multiline"
          ? std::string_view(R"({"msg":"m"})")
          : std::string_view(world_of(GetParam()).typical);
  chain.apply(batch, {});
  std::vector<telemetry::Batch> rest = chain.rest();
  const telemetry::Batch& out = batch.records.empty() ? rest.at(0) : batch;
  ASSERT_EQ(out.records.size(), 1u);
  EXPECT_NE(out.records[0].text.find("\"message\":\"m\""), std::string_view::npos) << out.records[0].text;
  EXPECT_EQ(out.records[0].text.find("error.message"), std::string_view::npos) << out.records[0].text;
}

TEST_P(TransformContract, WhatCannotWorkIsRefusedInTheConfiguration) {
  EXPECT_FALSE(plan_for(GetParam(), world_of(GetParam()).bad)) << world_of(GetParam()).bad;
}

INSTANTIATE_TEST_SUITE_P(Shelf, TransformContract, ::testing::ValuesIn(entries()),
                         [](const auto& given) { return given.param; });
