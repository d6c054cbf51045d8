#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/grpc/grpc_probe.hpp"
#include "agent/probes/tls_kind.hpp"

namespace outrider::probes::grpc {
namespace {

config::Kind<Settings> long_form() {
  return config::Object<Settings>()
      .required("address", &Settings::address, config::endpoint(), "host:port or unix:/path")
      .optional("service", &Settings::service, config::text_matching(1, 1000),
                "the service whose health is asked for; the server's as a whole when left out")
      .optional("authority", &Settings::authority, config::text_matching(1, 255),
                "what the server is called in the call; the address when left out")
      .optional("tls", &Settings::tls, trust(), "ask over TLS, and how to trust it; {} is enough")
      .rule([](const Settings& settings) { return half_an_identity(settings.tls); });
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Settings(std::string)> of_address = [](std::string address) {
    Settings made;
    made.address = std::move(address);
    return made;
  };
  const std::function<Maker(Settings)> to_maker = [](Settings made) -> Maker {
    return [made](const Tools& tools) { return make_probe(made, tools); };
  };
  const config::Kind<Settings> short_form = config::endpoint().as<Settings>(of_address);
  shelf.put({"grpc", "ask a gRPC server for its health, as grpc.health.v1 has it",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::grpc
