#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/heartbeat_file/heartbeat_probe.hpp"

namespace outrider::probes::heartbeat_file {
namespace {

using namespace std::chrono_literals;

config::Kind<Settings> long_form() {
  const std::vector<std::pair<std::string, Mark>> marks{
      {"modified", Mark::modified}, {"unix_seconds", Mark::unix_seconds}, {"rfc3339", Mark::rfc3339}};
  return config::Object<Settings>()
      .required("path", &Settings::path, config::path(), "the file that is renewed")
      .optional("most_age", &Settings::most_age, config::duration(100ms, 365 * 24h),
                "older than this is not ok")
      .optional("mark", &Settings::mark, config::choice<Mark>(marks),
                "what tells its age: when it was written, or a time that is its content");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_path = [](std::string path) {
    Settings made;
    made.path = std::move(path);
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::path().as<Settings>(of_path);
  shelf.put({"heartbeat_file", "a file that is renewed as long as there is progress: how old it is",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::heartbeat_file
