#include "agent/catalogs/walg/walg.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::walg {
namespace {

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .optional("config", &Settings::config, config::path(),
                "its configuration; left out: what wal-g finds by itself, and the agent's environment")
      .optional("command", &Settings::command, config::path(), "the program");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"walg", "what WAL-G keeps in a storage", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::walg
