#include "agent/catalogs/snapshots/snapshots.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::snapshots {
namespace {

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("name", &Settings::name, config::text(), "what they are called here, such as rds-school")
      .required("command", &Settings::command, config::list_of(config::text(), 1, 256),
                "prints them as JSON: the program and its arguments, no shell in between");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"snapshots", "what a cloud or a volume keeps, by a command that lists it",
             settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::snapshots
