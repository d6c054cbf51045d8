#include "agent/actuators/systemd/systemd.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::actuators::systemd {
namespace {

using namespace std::chrono_literals;

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("unit", &Settings::unit, config::text_matching(1, 255), "its name: tests-api.service")
      .optional("bus", &Settings::bus, config::text_matching(1, 1000), "the D-Bus on which systemd listens")
      .optional("timeout", &Settings::timeout, config::duration(100ms, 10min),
                "how long systemd may take to answer")
      .optional("job_timeout", &Settings::job_timeout, config::duration(1s, 1h),
                "how long a start or restart may take; systemd's own limits are the unit's")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        if (settings.unit.ends_with(".service")) return std::nullopt;
        return config::Complaint{"unit", "must be the whole name of a service, with `.service` at its end"};
      });
}

}  // namespace

void enter(Shelf& shelf);
void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools, const Surroundings&) {
      return make_elsewhere(tools, make_place(tools, made));
    };
  };
  shelf.put({"systemd", "a unit of systemd, over D-Bus", settings().as<Maker>(to_maker)});
}

}  // namespace outrider::actuators::systemd
