#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/doctor/doctor.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/show.hpp"
#include "agent/cli/words/completion.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;

json::string text(std::string_view words) { return json::string(core::clean_utf8(words)); }

void print(const Setting& setting, const json::object& body) {
  setting.terminal.out() << json::serialize(body) << "\n" << std::flush;
}

// A bad configuration and a question that could not be asked end differently.
int failed(const Setting& setting, const core::Error& error) {
  const bool bad_config = error.code == core::Errc::invalid || error.code == core::Errc::not_found;
  return report(setting, error, bad_config ? exit_bad_config : exit_unknown);
}

std::string_view word_of(Health health) {
  switch (health) {
    case Health::ok: return "ok";
    case Health::warn: return "warn";
    case Health::bad: return "bad";
    case Health::unknown: break;
  }
  return "unknown";
}

}  // namespace

int run_agent(const Setting& setting) {
  RunOptions options;
  options.config_path = config_path_of(setting.line, setting.terminal);
  options.dry_run = setting.line.flag("dry-run");
  return setting.actions.run(options);
}

int validate(const Setting& setting) {
  const std::string path = config_path_of(setting.line, setting.terminal);
  const Validation found = setting.actions.validate(path);
  if (setting.line.json()) {
    json::array warnings;
    for (const std::string& warning : found.warnings) warnings.push_back(text(warning));
    print(setting, {{"schema", 1},
                    {"path", text(path)},
                    {"good", found.good},
                    {"summary", text(found.summary)},
                    {"report", text(found.report)},
                    {"warnings", std::move(warnings)}});
  } else if (!found.good) {
    setting.terminal.err() << found.report << (found.report.ends_with('\n') ? "" : "\n") << std::flush;
  } else {
    for (const std::string& warning : found.warnings) {
      setting.terminal.out() << setting.terminal.paint(Paint::doubtful, "! " + warning) << "\n";
    }
    const std::string holds = found.summary.empty() ? "" : ": " + found.summary;
    setting.terminal.out() << setting.terminal.paint(Paint::good, "✓ " + path + " is good" + holds) << "\n"
                           << std::flush;
  }
  if (!found.good) return exit_bad_config;
  return found.warnings.empty() ? exit_ok : exit_warning;
}

int check(const Setting& setting) {
  if (setting.line.value("verify")) return verify_answer(setting);
  if (!setting.line.argument.empty()) return gate(setting);
  const auto probes = setting.actions.check(config_path_of(setting.line, setting.terminal));
  if (!probes) return failed(setting, probes.error());
  const core::Severity severity = severity_of(*probes);
  if (!setting.line.json()) {
    setting.terminal.out() << show_check(*probes, setting.terminal) << std::flush;
    return exit_code_of(severity);
  }
  json::array list;
  for (const core::ProbeStatus& probe : *probes) {
    list.push_back(json::object{{"name", text(probe.name)},
                                {"kind", text(probe.kind)},
                                {"target", text(probe.target)},
                                {"standing", core::name_of(probe.last)},
                                {"detail", text(probe.detail)},
                                {"took_seconds", core::to_seconds(probe.took)},
                                {"dependency", probe.dependency}});
  }
  print(setting, {{"schema", 1}, {"state", core::name_of(severity)}, {"probes", std::move(list)}});
  return exit_code_of(severity);
}

int schema(const Setting& setting) {
  const std::string document = setting.actions.schema();
  setting.terminal.out() << document << (document.ends_with('\n') ? "" : "\n") << std::flush;
  return exit_ok;
}

int doctor(const Setting& setting) {
  std::vector<Finding> findings = examine_machine();
  const std::string path = config_path_of(setting.line, setting.terminal);
  const auto premises = setting.actions.premises(path);
  if (premises) {
    findings.push_back({Health::ok, "configuration", path + " is good", ""});
    for (Finding& finding : examine_premises(*premises)) findings.push_back(std::move(finding));
  } else {
    const auto first_line = premises.error().what.substr(0, premises.error().what.find('\n'));
    findings.push_back({Health::bad, "configuration", first_line, "outrider validate --config " + path});
  }
  const core::Severity severity = severity_of(findings);
  if (!setting.line.json()) {
    setting.terminal.out() << show_findings(findings, setting.terminal) << std::flush;
    return exit_code_of(severity);
  }
  json::array list;
  for (const Finding& finding : findings) {
    list.push_back(json::object{{"health", word_of(finding.health)},
                                {"about", text(finding.about)},
                                {"what", text(finding.what)},
                                {"hint", text(finding.hint)}});
  }
  print(setting, {{"schema", 1}, {"state", core::name_of(severity)}, {"findings", std::move(list)}});
  return exit_code_of(severity);
}

int print_completion(const Setting& setting) {
  setting.terminal.out() << completion(setting.line.argument) << std::flush;
  return exit_ok;
}

}  // namespace outrider::cli
