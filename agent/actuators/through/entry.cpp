#include "agent/actuators/through/through.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::actuators::through {
namespace {

using namespace std::chrono_literals;

config::Kind<Settings> settings() {
  return config::Object<Settings>()
      .required("name", &Settings::name, config::text_matching(1, 100),
                "the service's name in outrider-actuator's own list")
      .optional("socket", &Settings::socket, config::path(), "where outrider-actuator listens")
      .optional("every", &Settings::every, config::duration(100ms, 1h), "how often it is looked at")
      .optional("timeout", &Settings::timeout, config::duration(100ms, 10min),
                "how long outrider-actuator may take to answer")
      .optional("job_timeout", &Settings::job_timeout, config::duration(1s, 1h),
                "how long a start or a restart may take")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        if (is_plain_name(settings.name)) return std::nullopt;
        return config::Complaint{"name", "`name` must be of letters, digits, `_`, `.` and `-`"};
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
  shelf.put({"through", "a service that outrider-actuator, which has the rights, starts and stops for us",
             settings().as<Maker>(to_maker)});
}

}  // namespace outrider::actuators::through
