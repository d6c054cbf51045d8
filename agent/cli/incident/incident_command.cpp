// outrider incident: what went wrong with the service. List, show and export read the state directory, so
// they work when the agent is gone as well; with --agent they ask it instead. A change is noted by the agent.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/incident/show_incident.hpp"
#include "agent/incident/kept/store.hpp"
#include "agent/os/files.hpp"

#include <ostream>

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;
using incident::Brief;
using incident::Incident;

constexpr core::Duration limit = std::chrono::seconds(10);

Outcome<std::string> folder_of(const Setting& setting) {
  if (const auto state = setting.line.value("state")) return *state + "/incidents";
  const auto premises = setting.actions.premises(config_path_of(setting.line, setting.terminal));
  if (!premises)
    return core::fail(premises.error().code, premises.error().what,
                      "name the state directory with --state, or the agent with --agent");
  return premises->state_directory + "/incidents";
}

Task<void> ask_link(AgentLink& link, std::string target, Outcome<std::string>& answer) {
  const auto said = co_await link.get(std::move(target), limit);
  if (said) {
    answer = boost::json::serialize(*said);
  } else {
    answer = core::fail(said.error());
  }
}

// JSON from the agent.
Outcome<std::string> ask(const Setting& setting, const std::string& target) {
  Outcome<std::string> answer = core::fail(Errc::unavailable, "cannot ask the agent");
  (void)talk(setting, [&](AgentLink& link, int&) { return ask_link(link, target, answer); });
  return answer;
}

Outcome<std::vector<Brief>> briefs_of(const Setting& setting) {
  if (setting.line.value("agent")) {
    const auto said = ask(setting, "/api/v1/incidents");
    if (!said) return core::fail(said.error());
    return incident::read_briefs(*said);
  }
  const auto folder = folder_of(setting);
  if (!folder) return core::fail(folder.error());
  const auto files = os::make_files();
  if (!files->exists(*folder))
    return core::fail(Errc::not_found, "cannot find incidents at " + *folder,
                      "name the state directory with --state; or has the agent never run?");
  auto stored = incident::Store(*files, *folder, {}).load();
  if (!stored) return core::fail(stored.error());
  return std::vector<Brief>(stored->briefs.rbegin(), stored->briefs.rend());
}

// The id that was given, or that of the newest.
Outcome<std::string> id_of(const Setting& setting) {
  if (!setting.line.file.empty()) return setting.line.file;
  const auto known = briefs_of(setting);
  if (!known) return core::fail(known.error());
  if (known->empty()) return core::fail(Errc::not_found, "there is no incident to show");
  return known->front().id;
}

Outcome<std::string> json_of(const Setting& setting, const std::string& id) {
  if (setting.line.value("agent")) return ask(setting, "/api/v1/incidents/" + id);
  const auto folder = folder_of(setting);
  if (!folder) return core::fail(folder.error());
  const auto files = os::make_files();
  return incident::Store(*files, *folder, {}).read(id);
}

int list(const Setting& setting) {
  const auto most = count_of(setting.line, 50);
  if (!most) return report(setting, most.error(), exit_usage);
  auto known = briefs_of(setting);
  if (!known) return report(setting, known.error(), exit_unknown);
  if (known->size() > *most) known->resize(*most);
  setting.terminal.out() << (setting.line.json() ? incident::to_json(*known) + "\n"
                                                 : show_incidents(*known, setting.terminal))
                         << std::flush;
  return exit_ok;
}

int show(const Setting& setting) {
  const auto id = id_of(setting);
  const auto json = id ? json_of(setting, *id) : id;
  if (!json) return report(setting, json.error(), exit_unknown);
  const auto known = incident::read_incident(*json);
  if (!known) return report(setting, known.error(), exit_unknown);
  setting.terminal.out() << (setting.line.json() ? *json + "\n" : show_incident(*known, setting.terminal))
                         << std::flush;
  return exit_ok;
}

int export_page(const Setting& setting) {
  const auto id = id_of(setting);
  const auto json = id ? json_of(setting, *id) : id;
  if (!json) return report(setting, json.error(), exit_unknown);
  const std::string path = setting.line.value("to").value_or("incident-" + *id + ".html");
  const std::string page = setting.actions.incident_page(*json);
  if (path == "-") {
    setting.terminal.out() << page << std::flush;
    return exit_ok;
  }
  const auto files = os::make_files();
  if (const auto written = files->replace(path, page, 0600); !written)
    return report(setting, written.error(), exit_critical);
  setting.terminal.out() << setting.terminal.paint(Paint::good, "✓ " + path) << "\n" << std::flush;
  return exit_ok;
}

}  // namespace

int incident(const Setting& setting) {
  const std::string& what = setting.line.argument;
  if (what == "show") return show(setting);
  if (what == "export") return export_page(setting);
  if (what != "note") return list(setting);
  if (!setting.line.value("reason"))
    return report(setting,
                  core::Error(Errc::invalid, "cannot note a change: it is not said what it is",
                              "outrider incident note --reason \"deployed v42\""),
                  exit_usage);
  return command_agent(setting, "/api/v1/incidents/note");
}

}  // namespace outrider::cli
