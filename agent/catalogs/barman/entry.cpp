#include "agent/catalogs/barman/barman.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::barman {
namespace {

std::optional<std::string> not_a_server(const std::string& name) {
  const bool plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
      std::string::npos;
  if (plain && name.front() != '-' && name.front() != '.' && name != "all") return std::nullopt;
  return "must be the name of one server: letters, digits, - _ and ., beginning with a letter or digit";
}

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("server", &Settings::server, config::text_matching(1, 100).check(not_a_server),
                "the server, as `barman list-server` names it")
      .optional("config", &Settings::config, config::path(),
                "its configuration; left out: where barman looks by itself")
      .optional("home", &Settings::home, config::path(), "its barman_home")
      .optional("command", &Settings::command, config::path(), "the program");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"barman", "a server of Barman", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::barman
