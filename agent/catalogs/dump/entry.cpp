#include "agent/catalogs/dump/dump.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::dump {
namespace {

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("directory", &Settings::directory, config::path(), "where the dumps lie, at any depth")
      .optional("command", &Settings::command, config::path(), "pg_restore, which reads them");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"dump", "what pg_dump left in a folder", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::dump
