#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/port_owner/port_owner_probe.hpp"

namespace outrider::probes::port_owner {
namespace {

config::Kind<Settings> long_form() {
  return config::Object<Settings>()
      .required("port", &Settings::port, config::whole(1, 65535), "TCP, on any address")
      .optional("process", &Settings::process, config::text_matching(1, 255),
                "what who listens must be called; the supervised process and its group when left out");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::int64_t)> of_port = [](std::int64_t port) {
    return Settings{static_cast<std::uint16_t>(port), {}};
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::whole(1, 65535).as<Settings>(of_port);
  shelf.put({"port_owner", "who listens on a port: the service, or somebody else",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::port_owner
