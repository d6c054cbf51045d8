#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/stores/posix/posix.hpp"

namespace outrider::stores::posix {
namespace {

config::Kind<Settings> settings() {
  const std::function<Settings(std::string)> of_path = [](std::string directory) {
    return Settings{std::move(directory)};
  };
  const config::Kind<Settings> long_form = config::Object<Settings>().required(
      "directory", &Settings::directory, config::path(), "the folder; links inside it are not followed");
  return config::either(config::path().as<Settings>(of_path), long_form);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_store(made, tools); };
  };
  shelf.put({"posix", "a folder on this machine", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::stores::posix
