#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/exec/exec_probe.hpp"

namespace outrider::probes::exec {
namespace {

config::Kind<std::vector<std::string>> argv() { return config::list_of(config::text(), 1, 256); }

config::Kind<Settings> long_form() {
  return config::Object<Settings>()
      .required("run", &Settings::argv, argv(), "the program and its arguments; no shell in between")
      .optional("environment", &Settings::environment, config::map_of(config::text(), config::Names::label),
                "added to the agent's own")
      .optional("directory", &Settings::directory, config::path(),
                "where it runs; the agent's when left out");
}

// A list is the program itself, anything else the long form.
config::Kind<Settings> settings() {
  const std::function<Settings(std::vector<std::string>)> of_argv = [](std::vector<std::string> words) {
    Settings made;
    made.argv = std::move(words);
    return made;
  };
  const config::Kind<Settings> short_form = argv().as<Settings>(of_argv);
  const config::Kind<Settings> full_form = long_form();
  return config::Kind<Settings>(
      [=](const config::Node& node, config::Report& report) {
        return node.is_mapping() ? full_form.read(node, report) : short_form.read(node, report);
      },
      [=] { return config::any_of_schema({short_form.describe(), full_form.describe()}); });
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  shelf.put({"exec", "run a program; its exit code is the answer", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::probes::exec
