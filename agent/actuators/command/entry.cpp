#include "agent/actuators/command/command.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::actuators::command {
namespace {

using namespace std::chrono_literals;

config::Kind<Argv> argv() { return config::list_of(config::text_matching(1, 4096), 1, 256); }

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required(
          "start", &Settings::start, argv(),
          "the program that starts the service, and its arguments; it must return, and leave the service "
          "in a session of its own")
      .required("stop", &Settings::stop, argv(), "the program that stops it")
      .required("status", &Settings::status, argv(),
                "the program that says whether it runs: exit code 0 yes, 1 to 3 no, all else unknown")
      .optional("restart", &Settings::restart, argv(),
                "one program for both; when left out: stop, then start")
      .optional("kill", &Settings::kill, argv(), "the program that ends it when `stop` did not")
      .optional("every", &Settings::every, config::duration(100ms, 1h), "how often `status` is asked")
      .optional("timeout", &Settings::timeout, config::duration(100ms, 10min),
                "how long each of the programs may take");
}

}  // namespace

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools, const Surroundings& surroundings) {
      return make_elsewhere(tools, make_place(tools, made, surroundings));
    };
  };
  shelf.put({"command", "a service that is started, stopped and asked after by programs of your own",
             settings().as<Maker>(to_maker)});
}

}  // namespace outrider::actuators::command
