#include "agent/actuators/docker/docker.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::actuators::docker {
namespace {

using namespace std::chrono_literals;

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("container", &Settings::container, config::text_matching(1, 255), "its name, or its id")
      .optional("socket", &Settings::socket, config::path(), "where the engine listens")
      .optional("timeout", &Settings::timeout, config::duration(100ms, 10min),
                "how long the engine may take to answer")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        if (is_plain_name(settings.container)) return std::nullopt;
        return config::Complaint{"container", "docker's names hold letters, digits, `_`, `.` and `-` only"};
      });
}

}  // namespace

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools, const Surroundings& surroundings) {
      return make_elsewhere(tools, make_place(tools, made, surroundings.stop_timeout));
    };
  };
  shelf.put({"docker", "a container of the Docker Engine on this machine", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::actuators::docker
