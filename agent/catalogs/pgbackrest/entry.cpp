#include "agent/catalogs/pgbackrest/pgbackrest.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::pgbackrest {
namespace {

// What pgbackrest itself takes for a name, but for signs that would read as an option or a folder.
std::optional<std::string> not_a_stanza(const std::string& name) {
  const bool plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
      std::string::npos;
  if (plain && name.front() != '-' && name.front() != '.') return std::nullopt;
  return "must be the name of a stanza: letters, digits, - _ and ., beginning with a letter or digit";
}

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("stanza", &Settings::stanza, config::text_matching(1, 100).check(not_a_stanza),
                "the stanza, as `pgbackrest info` names it")
      .optional("config", &Settings::config, config::path(),
                "its configuration; left out: where pgbackrest looks by itself")
      .optional("command", &Settings::command, config::path(), "the program")
      .optional("repository", &Settings::repository, config::whole(1, 256),
                "which of its repositories; each is listed and proven by itself");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"pgbackrest", "a stanza of pgBackRest", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::pgbackrest
