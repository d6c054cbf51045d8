#include "agent/pipeline/traces/sampling_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::pipeline {
namespace {

using namespace std::chrono_literals;
using tracing::AttributeMatch;
using tracing::Rule;
using Written = std::vector<std::pair<std::string, std::vector<std::string>>>;

config::Kind<std::vector<std::string>> one_or_some() {
  const std::function<std::vector<std::string>(std::string)> one = [](std::string text) {
    return std::vector<std::string>{std::move(text)};
  };
  const auto word = config::text_matching(1, 1000);
  return config::either(word.as<std::vector<std::string>>(one), config::list_of(word, 1, 100));
}

config::Kind<std::vector<AttributeMatch>> attributes_kind() {
  const std::function<std::vector<AttributeMatch>(Written)> out = [](const Written& written) {
    std::vector<AttributeMatch> matches;
    for (const auto& [key, values] : written) matches.push_back({key, values});
    return matches;
  };
  return config::map_of(one_or_some()).as<std::vector<AttributeMatch>>(out);
}

config::Kind<double> rate_kind() {
  const std::function<double(config::Budget)> a_second = [](const config::Budget& budget) {
    return budget.count / std::chrono::duration<double>(budget.per).count();
  };
  return config::budget().as<double>(a_second);
}

config::Kind<Rule> rule_kind() {
  return config::Object<Rule>()
      .optional("name", &Rule::name, config::text_matching(1, 60), "what the metrics call it")
      .optional("errors", &Rule::errors, config::yes_or_no(), "true: one of its spans has failed")
      .optional("slower_than", &Rule::slower_than, config::duration(1us, 24h),
                "from its first span's beginning to its last one's end it takes longer")
      .optional("attributes", &Rule::attributes, attributes_kind(),
                "a span, or what it ran in, has each of these, with that value or one of those")
      .optional("services", &Rule::services, one_or_some(), "one of them took part")
      .optional("share", &Rule::share, config::number(0.000001, 1),
                "of those that fit: 0.1 is a tenth, by the trace's id, the same at each agent")
      .optional("at_most", &Rule::at_most_per_second, rate_kind(),
                "of those that fit: what is beyond is left to the rules that follow");
}

// A name is what the metrics tell rules apart by: "keep 2" where none is given.
std::vector<Rule> named(std::vector<Rule> rules, std::string_view key) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].name.empty()) rules[i].name = fmt::format("{} {}", key, i + 1);
  }
  return rules;
}

tracing::SamplingSettings named(tracing::SamplingSettings sampling) {
  sampling.drop = named(std::move(sampling.drop), "drop");
  sampling.keep = named(std::move(sampling.keep), "keep");
  return sampling;
}

std::optional<config::Complaint> judge_names(const tracing::SamplingSettings& sampling) {
  std::set<std::string> names;
  for (const auto& [key, rules] : {std::pair("drop", &sampling.drop), std::pair("keep", &sampling.keep)}) {
    for (const Rule& rule : *rules) {
      if (!names.insert(rule.name).second)
        return config::Complaint{key, fmt::format("two rules are called `{}`", rule.name)};
    }
  }
  return std::nullopt;
}

std::optional<config::Complaint> judge(const tracing::SamplingSettings& sampling) {
  if (sampling.after_entry > sampling.at_most)
    return config::Complaint{"after_entry", "`after_entry` must not be longer than `at_most`"};
  const std::size_t asked = questions_of(sampling.drop) + questions_of(sampling.keep);
  if (asked > tracing::most_questions) {
    return config::Complaint{"keep",
                             fmt::format("the rules ask for {} attributes and lists of services; at most {} "
                                         "are remembered of each trace",
                                         asked, tracing::most_questions)};
  }
  return judge_names(named(sampling));
}

}  // namespace

config::Kind<std::optional<tracing::SamplingSettings>> sampling_kind() {
  using Settings = tracing::SamplingSettings;
  const config::Kind<Settings> kind =
      config::Object<Settings>()
          .required("keep", &Settings::keep, config::list_of(rule_kind(), 1, 50),
                    "the first rule that fits keeps the trace; what none fits is let go")
          .optional("drop", &Settings::drop, config::list_of(rule_kind(), 0, 50),
                    "what one of these fits is let go, whatever `keep` says")
          .optional(
              "after_entry", &Settings::after_entry, config::duration(0s, 10min),
              "a trace is judged so long after the span has come by which it was entered: until then its "
              "other services have sent theirs")
          .optional("at_most", &Settings::at_most, config::duration(1s, 10min),
                    "a trace is judged so long after its first span has come, whatever is missing")
          .optional(
              "most_trace_bytes", &Settings::most_trace_bytes, config::bytes(10'000, 1ull << 30),
              "beyond it only what matters of a trace goes on: its entry, what failed, its slowest spans")
          .optional("most_traces", &Settings::most_traces, config::whole(100, 10'000'000),
                    "so many wait for their judgement; then the oldest is judged by what is there")
          .optional("remember", &Settings::remember, config::whole(1000, 100'000'000),
                    "so many judgements are remembered, for spans that come late")
          .rule(judge);
  const std::function<std::optional<Settings>(Settings)> out = [](Settings settings) {
    return std::optional<Settings>(named(std::move(settings)));
  };
  return kind.as<std::optional<Settings>>(out);
}

}  // namespace outrider::pipeline
