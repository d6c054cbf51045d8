#include "agent/pipeline/rehearsal/suite.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/report.hpp"
#include "agent/transforms/pattern_kind.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace outrider::pipeline {
namespace {

// Any single value, as it is written: 5, true, "a text".
config::Kind<std::string> value_kind() {
  return config::Kind<std::string>(
      [](const config::Node& node, config::Report& report) -> std::optional<std::string> {
        if (node.shape() == config::Shape::nothing) return std::string("null");
        if (node.is_scalar()) return node.text();
        report.wrong(node, "be a single value", "name a field inside of it with dots: http.status: 500");
        return std::nullopt;
      },
      [] { return config::text().describe(); });
}

config::Kind<std::string> one_of_words(std::vector<std::string> words) {
  std::vector<std::pair<std::string, std::string>> choices;
  for (std::string& word : words) choices.emplace_back(word, word);
  return config::choice<std::string>(std::move(choices));
}

std::optional<config::Complaint> judge_expected(const Expected& expected) {
  const bool arrives = !expected.becomes.empty() || !expected.parked.empty() || expected.tries > 0;
  if (!expected.dropped.empty() && arrives)
    return config::Complaint{"dropped", "what is dropped gets to no destination"};
  if (!expected.parked.empty() && !expected.becomes.empty())
    return config::Complaint{"parked", "`parked` says already what it becomes"};
  return std::nullopt;
}

config::Kind<Expected> expected_kind() {
  const config::Kind<Expected> plain =
      config::Object<Expected>()
          .optional("document", &Expected::document, config::map_of(value_kind()),
                    "fields that the record's document has; it may have others")
          .optional("matches", &Expected::matches, config::map_of(transforms::pattern_kind(false)),
                    "fields, and an RE2 expression that must be found in each")
          .optional("absent", &Expected::absent, config::list_of(config::text()), "fields that it has not")
          .optional("dropped", &Expected::dropped, one_of_words({"filtered", "sampled", "rate_limited"}),
                    "a step lets it go no further, for this reason")
          .optional("becomes", &Expected::becomes,
                    one_of_words({"delivered", "duplicate", "parked", "waiting"}),
                    "what it is after the destination's answers")
          .optional("parked", &Expected::parked, config::text(),
                    "it is parked, with this in the destination's answer")
          .optional("tries", &Expected::tries, config::whole(1, 1000), "how often it was sent")
          .rule(judge_expected);
  return config::Kind<Expected>(
      [plain](const config::Node& node, config::Report& report) {
        auto read = plain.read(node, report);
        if (read) read->line = node.place().line;
        return read;
      },
      [plain] { return plain.describe(); });
}

struct Input {
  std::vector<std::string> lines;
  std::string file;
};

config::Kind<Input> input_kind() {
  const std::function<Input(std::vector<std::string>)> bare = [](std::vector<std::string> lines) {
    return Input{std::move(lines), {}};
  };
  const config::Kind<Input> from_file = config::Object<Input>().required("file", &Input::file, config::text(),
                                                                         "a file of lines, beside this one");
  return config::list_or(config::list_of(config::text(), 1, 10'000).as<Input>(bare), from_file);
}

config::Kind<Test> test_kind() {
  struct Parts {
    std::string name;
    std::int64_t source = 1;
    Input input;
    std::vector<std::vector<std::int64_t>> answers;
    std::vector<Expected> expect;
  };
  const auto status = config::whole(100, 599);
  const std::function<std::vector<std::int64_t>(std::int64_t)> alone = [](std::int64_t one) {
    return std::vector<std::int64_t>{one};
  };
  const auto answer =
      config::list_or(config::list_of(status, 1, 100), status.as<std::vector<std::int64_t>>(alone));
  const config::Kind<Parts> parts =
      config::Object<Parts>()
          .required("name", &Parts::name, config::text(), "what it is about")
          .optional("source", &Parts::source, config::whole(1, 1000),
                    "which element of logs.read its input is of")
          .required("input", &Parts::input, input_kind(),
                    "lines as the source reads them; or {file: lines.log}")
          .optional("answers", &Parts::answers, config::list_of(answer),
                    "what Elasticsearch says to each record that gets there: 201, or in turn [429, 201]")
          .required("expect", &Parts::expect, config::list_of(expected_kind()),
                    "what comes of it, in this order");
  const std::function<Test(Parts)> to_test = [](Parts read) {
    return Test{std::move(read.name),        read.source,
                std::move(read.input.lines), std::move(read.input.file),
                std::move(read.answers),     std::move(read.expect)};
  };
  return parts.as<Test>(to_test);
}

std::optional<config::Complaint> judge_suite(const Suite& suite) {
  if (suite.config.empty() == !suite.logs)
    return config::Complaint{"config", "give either `config` or `logs`: what is to be tested"};
  std::set<std::string> names;
  for (const Test& test : suite.tests) {
    if (!names.insert(test.name).second)
      return config::Complaint{"tests", "two tests are called \"" + test.name + "\""};
  }
  return std::nullopt;
}

}  // namespace

config::Kind<Suite> suite_kind() {
  const std::function<std::optional<LogSettings>(LogSettings)> some = [](LogSettings logs) {
    return std::optional<LogSettings>(std::move(logs));
  };
  return config::Object<Suite>()
      .optional("config", &Suite::config, config::text(), "the configuration's file, beside this one")
      .optional("logs", &Suite::logs, logs_kind().as<std::optional<LogSettings>>(some),
                "or its section `logs` itself")
      .required("tests", &Suite::tests, config::list_of(test_kind(), 1, 1000), "what is tried")
      .rule(judge_suite);
}

}  // namespace outrider::pipeline
