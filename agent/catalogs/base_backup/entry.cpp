#include "agent/catalogs/base_backup/base_backup.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::catalogs::base_backup {
namespace {

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("directory", &Settings::directory, config::path(),
                "where each backup has a folder of its own")
      .optional("archive", &Settings::archive, config::path(), "where the archive command puts WAL");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_catalog(made, tools); };
  };
  shelf.put({"base_backup", "what pg_basebackup left in a folder", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::catalogs::base_backup
