#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/journald/journald.hpp"

#include <algorithm>

namespace outrider::sources::journald {

void enter(Shelf& shelf);

namespace {

using Values = std::vector<std::string>;

// As it is written.
struct Written {
  std::string name, directory, name_space;
  Values units, identifiers;
  std::optional<unsigned> priority;
  std::vector<std::pair<std::string, Values>> matches;
  Begin begin = Begin::boot;
  Clock clock = Clock::received;
  bool all_fields = false;
};

std::string whole_name(std::string unit) {
  return unit.find('.') == std::string::npos ? unit + ".service" : unit;
}

LogPlan to_plan(const Written& written) {
  Settings settings;
  settings.name = written.name;
  if (settings.name.empty()) {
    settings.name = "journald";
    if (!written.directory.empty()) settings.name += " " + written.directory;
    if (!written.name_space.empty()) settings.name += " namespace " + written.name_space;
  }
  settings.directory = written.directory;
  settings.name_space = written.name_space;
  for (const std::string& unit : written.units) settings.filter.units.push_back(whole_name(unit));
  settings.filter.identifiers = written.identifiers;
  settings.filter.priority = written.priority;
  settings.filter.matches = written.matches;
  settings.begin = written.begin;
  settings.clock = written.clock;
  settings.all_fields = written.all_fields;
  LogPlan plan;
  plan.streams = {settings.name};
  plan.make_replay = [settings](const Tools& tools) { return make(tools, settings); };
  plan.format = "journald";
  return plan;
}

std::optional<config::Complaint> judge(const Written& written) {
  if (!written.directory.empty() && !written.name_space.empty())
    return config::Complaint{"namespace", "`directory` and `namespace` are two ways to say where it lies"};
  return std::nullopt;
}

config::Kind<std::vector<std::pair<std::string, Values>>> matches_kind() {
  const std::function<std::optional<std::string>(const std::vector<std::pair<std::string, Values>>&)> judge =
      [](const std::vector<std::pair<std::string, Values>>& matches) -> std::optional<std::string> {
    const auto is_field = [](const std::string& name) {
      return !name.empty() && name.size() <= 64 &&
             name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
    };
    for (const auto& [name, values] : matches) {
      if (!is_field(name)) return "must name fields of the journal, such as _TRANSPORT: " + name + " is none";
    }
    return std::nullopt;
  };
  const std::function<Values(std::string)> alone = [](std::string text) { return Values{std::move(text)}; };
  const auto value = config::text_matching(1, 1024);
  return config::map_of(config::list_or(config::list_of(value, 1, 100), value.as<Values>(alone)))
      .check(judge);
}

config::Kind<unsigned> priority_kind() {
  return config::choice<unsigned>({{"emerg", 0},
                                   {"alert", 1},
                                   {"crit", 2},
                                   {"err", 3},
                                   {"warning", 4},
                                   {"notice", 5},
                                   {"info", 6},
                                   {"debug", 7}});
}

config::Kind<Written> written_kind() {
  const auto words = config::list_of(config::text_matching(1, 256), 1, 100);
  return config::Object<Written>()
      .optional("units", &Written::units, words, "only what these units say, and systemd of them")
      .optional("identifiers", &Written::identifiers, words,
                "only what is said under these names (syslog tags)")
      .optional("priority", &Written::priority, priority_kind(), "only what is this urgent or more: warning")
      .optional("matches", &Written::matches, matches_kind(),
                "only entries with these fields: {_TRANSPORT: [stdout, kernel]}")
      .optional("begin", &Written::begin,
                config::choice<Begin>(
                    {{"boot", Begin::boot}, {"now", Begin::now}, {"beginning", Begin::beginning}}),
                "where a destination begins that has read nothing yet; later it goes on where it was")
      .optional("time", &Written::clock,
                config::choice<Clock>({{"received", Clock::received}, {"sent", Clock::sent}}),
                "`@timestamp`: when journald got it, or when its writer says that it was written")
      .optional("all_fields", &Written::all_fields, config::yes_or_no(),
                "also the fields that have no name in the Elastic Common Schema, under journald.*")
      .optional("directory", &Written::directory, config::path(),
                "where the journal's files lie; else the system's")
      .optional("namespace", &Written::name_space, config::text_matching(1, 64),
                "another journal of the system")
      .optional("name", &Written::name, config::text_matching(1, 128),
                "what this source is called; two that read one journal need two names")
      .rule(judge);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<LogPlan(Written)> turn = [](const Written& written) { return to_plan(written); };
  shelf.put(LogEntry{"journald", "the systemd journal: {} for all of it, or {units: […]}",
                     written_kind().as<LogPlan>(turn)});
}

}  // namespace outrider::sources::journald
