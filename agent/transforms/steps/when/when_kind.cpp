#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/pattern_kind.hpp"
#include "agent/transforms/steps/when/field_name.hpp"
#include "agent/transforms/steps/when/when.hpp"

#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace outrider::transforms::steps {
namespace {

using telemetry::Severity;
using PatternPointer = std::shared_ptr<const lines::Pattern>;
using Names = std::vector<std::pair<std::string, FieldTest>>;

constexpr std::array<Severity, 6> severities{Severity::trace, Severity::debug, Severity::info,
                                             Severity::warn,  Severity::error, Severity::fatal};

// As it is written: which of the keys are there is not forgotten.
struct Written {
  std::optional<Levels> level;
  std::optional<Severity> below;
  std::optional<Severity> at_least;
  PatternPointer message;
  std::vector<FieldTest> fields;
};

Levels one_level(Severity severity) { return static_cast<Levels>(1u << static_cast<unsigned>(severity)); }

config::Kind<Levels> level_kind() {
  const std::function<Levels(Severity)> one = [](Severity severity) { return one_level(severity); };
  const std::function<Levels(std::vector<Severity>)> several = [](const std::vector<Severity>& all) {
    Levels levels = 0;
    for (const Severity severity : all) levels = static_cast<Levels>(levels | one_level(severity));
    return levels;
  };
  return config::either(severity_kind().as<Levels>(one),
                        config::list_of(severity_kind(), 1, 6).as<Levels>(several));
}

config::Kind<PatternPointer> compiled_kind() {
  const std::function<PatternPointer(std::string)> compiled = [](const std::string& pattern) {
    return std::make_shared<const lines::Pattern>(pattern);
  };
  return pattern_kind(false).as<PatternPointer>(compiled);
}

// What a field must be: a text, one of several, or what matches.
config::Kind<FieldTest> test_kind() {
  const auto text = config::text_matching(0, 1024);
  const std::function<FieldTest(std::string)> one = [](std::string value) {
    return FieldTest{"", {std::move(value)}, nullptr};
  };
  const std::function<FieldTest(std::vector<std::string>)> several = [](std::vector<std::string> values) {
    return FieldTest{"", std::move(values), nullptr};
  };
  const config::Kind<FieldTest> matching = config::Object<FieldTest>().required(
      "matches", &FieldTest::pattern, compiled_kind(), "an RE2 expression");
  const auto list = config::list_of(text, 1, 1000).as<FieldTest>(several);
  return config::either(text.as<FieldTest>(one), config::list_or(list, matching));
}

config::Kind<std::vector<FieldTest>> tests_kind() {
  const std::function<std::optional<std::string>(const Names&)> judge =
      [](const Names& names) -> std::optional<std::string> {
    if (names.empty()) return "must name a field";
    return std::nullopt;
  };
  const std::function<std::vector<FieldTest>(Names)> named = [](Names names) {
    std::vector<FieldTest> tests;
    for (auto& [name, test] : names) {
      test.name = name;
      tests.push_back(std::move(test));
    }
    return tests;
  };
  return config::map_of(test_kind()).check(judge).as<std::vector<FieldTest>>(named);
}

Levels levels_of(const Written& written) {
  unsigned levels = written.level.value_or(any_level);
  if (written.below) levels &= levels_below(*written.below);
  if (written.at_least) levels &= ~unsigned{levels_below(*written.at_least)} & any_level;
  return static_cast<Levels>(levels);
}

std::optional<config::Complaint> judge(const Written& written) {
  const bool asks_level = written.level || written.below || written.at_least;
  if (!asks_level && !written.message && written.fields.empty())
    return config::Complaint{"", "a condition must say something: level, below, at_least, message or fields"};
  // The bit of no level at all says nothing.
  if (asks_level && (levels_of(written) & ~1u) == 0)
    return config::Complaint{"", "no level is all of that: the condition would never hold"};
  return std::nullopt;
}

config::Kind<Condition> condition_kind() {
  const std::function<Condition(Written)> turned = [](Written written) -> Condition {
    return {levels_of(written), std::move(written.message), std::move(written.fields)};
  };
  const config::Kind<Written> written =
      config::Object<Written>()
          .optional("level", &Written::level, level_kind(), "it has this level, or one of these")
          .optional("below", &Written::below, severity_kind(), "its level is lower")
          .optional("at_least", &Written::at_least, severity_kind(), "its level is this or higher")
          .optional("message", &Written::message, compiled_kind(), "an RE2 expression that is in the message")
          .optional("fields", &Written::fields, tests_kind(),
                    "what its fields are: a text, a list of texts, or {matches: an RE2 expression}")
          .rule(judge);
  return written.as<Condition>(turned);
}

}  // namespace

config::Kind<Severity> severity_kind() {
  std::vector<std::pair<std::string, Severity>> words;
  for (const Severity severity : severities) words.emplace_back(std::string(name_of(severity)), severity);
  return config::choice<Severity>(std::move(words));
}

config::Kind<Levels> below_kind() {
  std::vector<std::pair<std::string, Levels>> words{{"all", any_level}};
  for (const Severity severity : severities) words.emplace_back(name_of(severity), levels_below(severity));
  return config::choice<Levels>(std::move(words));
}

config::Kind<When> when_kind() {
  const std::function<When(Condition)> one = [](Condition condition) { return When({std::move(condition)}); };
  const std::function<When(std::vector<Condition>)> several = [](std::vector<Condition> any) {
    return When(std::move(any));
  };
  return config::list_or(config::list_of(condition_kind(), 1, 100).as<When>(several),
                         condition_kind().as<When>(one));
}

}  // namespace outrider::transforms::steps
