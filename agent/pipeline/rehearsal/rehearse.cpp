#include "agent/pipeline/rehearsal/rehearse.hpp"

#include "agent/lines/field.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/pipeline/rehearsal/played.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

std::string shown(std::string_view value) { return value.empty() ? "nothing" : std::string(value); }

std::string text_of(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string buffer;
  return std::string(lines::string_value(value, buffer));
}

void compare_document(const Expected& expected, const std::string& document, std::vector<std::string>& said) {
  for (const auto& [field, text] : expected.document) {
    const std::string_view value = lines::find_field(document, field);
    if (!lines::says(value, text))
      said.push_back(fmt::format("{}: expected {}, got {}", field, text, shown(value)));
  }
  for (const auto& [field, expression] : expected.matches) {
    const std::string_view value = lines::find_field(document, field);
    const lines::Pattern pattern(expression);
    if (value.empty() || !pattern.found_in(text_of(value)))
      said.push_back(fmt::format("{}: expected what matches {}, got {}", field, expression, shown(value)));
  }
  for (const std::string& field : expected.absent) {
    const std::string_view value = lines::find_field(document, field);
    if (!value.empty()) said.push_back(fmt::format("{}: expected nothing, got {}", field, value));
  }
}

void compare_fate(const Expected& expected, const Came& came, std::vector<std::string>& said) {
  const std::string becomes = expected.parked.empty() ? expected.becomes : "parked";
  const bool asked = !becomes.empty() || expected.tries > 0;
  if (asked && came.becomes.empty()) {
    said.emplace_back("expected a destination's answer, and the test has no `answers`");
    return;
  }
  if (!becomes.empty() && came.becomes != becomes)
    said.push_back(fmt::format("expected to be {}, is {}{}", becomes, came.becomes,
                               came.answer.empty() ? "" : " (" + came.answer + ")"));
  if (!expected.parked.empty() && came.becomes == "parked" &&
      came.answer.find(expected.parked) == std::string::npos)
    said.push_back(fmt::format("expected to be parked for {}, is for {}", expected.parked, came.answer));
  if (expected.tries > 0 && came.tries != static_cast<std::uint64_t>(expected.tries))
    said.push_back(fmt::format("expected to be sent {} times, was {}", expected.tries, came.tries));
}

std::vector<std::string> compare(const Expected& expected, const Came& came) {
  std::vector<std::string> said;
  if (expected.dropped != came.dropped) {
    if (expected.dropped.empty()) {
      said.push_back("expected a document, and it was dropped: " + came.dropped);
    } else {
      said.push_back(fmt::format("expected to be dropped ({}), {}", expected.dropped,
                                 came.dropped.empty() ? "and it went on" : "was for " + came.dropped));
    }
    return said;
  }
  if (!came.dropped.empty()) return said;
  compare_document(expected, came.document, said);
  compare_fate(expected, came, said);
  return said;
}

Difference difference_of(std::size_t record, const Came& came, std::vector<std::string> said) {
  return {0, record, std::move(said), came.document, came.steps};
}

}  // namespace

core::Outcome<Rehearsed> rehearse(const core::Resource& resource, const LogSettings& logs, const Test& test,
                                  std::string_view input) {
  const auto source = static_cast<std::size_t>(test.source);
  if (source > logs.read.size())
    return core::fail(core::Errc::invalid,
                      fmt::format("cannot take source {}: logs.read has {}", source, logs.read.size()),
                      "count from 1");
  std::vector<Came> came = through_chain(resource, logs, logs.read[source - 1], input);
  if (!test.answers.empty()) {
    const core::Outcome<> played = through_sink(logs, test.answers, came);
    if (!played) return core::fail(played.error());
  }
  Rehearsed rehearsed{test.name, {}, came.size()};
  for (std::size_t i = 0; i < std::max(came.size(), test.expect.size()); ++i) {
    if (i >= test.expect.size()) {
      const std::string what = came[i].dropped.empty() ? "a document" : "dropped (" + came[i].dropped + ")";
      rehearsed.differences.push_back(difference_of(i + 1, came[i], {"not expected: " + what}));
    } else if (i >= came.size()) {
      rehearsed.differences.push_back({test.expect[i].line, i + 1, {"expected, and nothing came"}, "", {}});
    } else if (auto said = compare(test.expect[i], came[i]); !said.empty()) {
      rehearsed.differences.push_back(difference_of(i + 1, came[i], std::move(said)));
      rehearsed.differences.back().line = test.expect[i].line;
    }
  }
  return rehearsed;
}

}  // namespace outrider::pipeline
