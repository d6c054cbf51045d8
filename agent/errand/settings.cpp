#include "agent/errand/settings.hpp"

#include "agent/actuators/elsewhere.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

namespace outrider::errand {
namespace {

constexpr std::int64_t most_uid = 4'294'967'294;

config::Kind<Grant> grant_kind(const actuators::Shelf& shelf) {
  const auto verbs = config::choice<Verb>({{"start", Verb::start},
                                           {"stop", Verb::stop},
                                           {"restart", Verb::restart},
                                           {"kill", Verb::kill},
                                           {"signal", Verb::signal}});
  // What runs as a child needs no other process's rights, and what goes through us leads back to us.
  std::vector<actuators::Entry> entries;
  for (const actuators::Entry& entry : shelf.entries())
    if (entry.name != "child" && entry.name != "through") entries.push_back(entry);
  return config::Object<Grant>()
      .required("name", &Grant::name, config::text_matching(1, 100), "what it is asked for by")
      .required("uid", &Grant::uid, config::whole(0, most_uid), "the user who may ask, as a number")
      .one_of(&Grant::make, config::alternatives(entries), "what is started and stopped", &Grant::kind)
      .optional("may", &Grant::may, config::list_of(verbs, 1, 5), "what may be asked for")
      .optional("most", &Grant::most, config::budget(), "how many errands in which time")
      .rule([](const Grant& grant) -> std::optional<config::Complaint> {
        if (actuators::is_plain_name(grant.name)) return std::nullopt;
        return config::Complaint{"name", "`name` must be of letters, digits, `_`, `.` and `-`"};
      });
}

}  // namespace

std::string_view name_of(Verb verb) {
  switch (verb) {
    case Verb::look: return "look";
    case Verb::start: return "start";
    case Verb::stop: return "stop";
    case Verb::restart: return "restart";
    case Verb::kill: return "kill";
    case Verb::signal: return "signal";
  }
  return "look";
}

bool Grant::allows(Verb verb) const {
  return verb == Verb::look || std::ranges::find(may, verb) != may.end();
}

core::Outcome<> check_owner(const std::string& path) {
  struct stat state{};
  if (::stat(path.c_str(), &state) != 0) return core::fail(core::system_error("cannot read " + path));
  if (state.st_uid != 0 && state.st_uid != ::geteuid())
    return core::fail(core::Errc::denied,
                      fmt::format("cannot trust {}: it belongs to user {}", path, state.st_uid),
                      "chown root " + path);
  if ((state.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return core::fail(core::Errc::denied, fmt::format("cannot trust {}: others may write to it", path),
                      "chmod go-w " + path);
  return {};
}

config::Kind<Settings> settings_kind(const actuators::Shelf& shelf) {
  return config::Object<Settings>()
      .optional("socket", &Settings::socket, config::path(), "where to listen")
      .optional("state", &Settings::state, config::path(),
                "where each errand is written down: audit/audit.jsonl below it")
      .required("allow", &Settings::allow, config::list_of(grant_kind(shelf), 1, 1000),
                "who may ask for what; all else is refused")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        for (std::size_t at = 0; at < settings.allow.size(); ++at)
          for (std::size_t before = 0; before < at; ++before)
            if (settings.allow[at].uid == settings.allow[before].uid &&
                settings.allow[at].name == settings.allow[before].name)
              return config::Complaint{"allow", fmt::format("has {} twice for user {}",
                                                            settings.allow[at].name, settings.allow[at].uid)};
        return std::nullopt;
      });
}

}  // namespace outrider::errand
