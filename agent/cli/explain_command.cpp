#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;

// A document as JSON; what is none, which would be a fault of ours, as text.
json::value parsed(const std::string& document) {
  json::error_code problem;
  json::parse_options options;
  options.max_depth = 128;
  json::value value = json::parse(document, problem, {}, options);
  return problem ? json::value(core::clean_utf8(document)) : value;
}

void tell_program(Terminal& terminal, const ExplainedLine& line) {
  json::array steps;
  for (const auto& step : line.steps)
    steps.push_back(json::object{{"by", step.by}, {"what", core::clean_utf8(step.what)}});
  json::array documents;
  for (const std::string& document : line.documents) documents.push_back(parsed(document));
  const json::object body{{"schema", 1},
                          {"line", core::clean_utf8(line.line)},
                          {"steps", std::move(steps)},
                          {"documents", std::move(documents)}};
  terminal.out() << json::serialize(body) << "\n" << std::flush;
}

void tell_person(Terminal& terminal, const ExplainedLine& line) {
  auto& out = terminal.out();
  out << terminal.paint(Paint::strong, line.line.empty() ? "(no more lines)" : line.line) << "\n";
  for (const auto& step : line.steps)
    out << fmt::format("    {:<12} ", step.by) << terminal.paint(Paint::faint, step.what) << "\n";
  if (line.documents.empty()) out << terminal.paint(Paint::doubtful, "  … waits for the next line") << "\n";
  for (const std::string& document : line.documents)
    out << "  → " << terminal.paint(Paint::plain, document) << "\n";
  out << std::flush;
}

}  // namespace

int explain(const Setting& setting) {
  ExplainOptions options;
  options.config_path = config_path_of(setting.line, setting.terminal);
  if (const auto word = setting.line.value("source")) {
    const auto number = core::read_number<std::size_t>(*word);
    if (!number || *number == 0) {
      return report(setting,
                    core::Error(core::Errc::invalid, "cannot take --source " + *word,
                                "it is a number from 1: the place in logs.read"),
                    exit_usage);
    }
    options.source = *number;
  }
  const auto done = setting.actions.explain(options, [&setting](const ExplainedLine& line) {
    if (setting.line.json()) {
      tell_program(setting.terminal, line);
    } else {
      tell_person(setting.terminal, line);
    }
  });
  return done ? exit_ok : report(setting, done.error(), exit_bad_config);
}

}  // namespace outrider::cli
