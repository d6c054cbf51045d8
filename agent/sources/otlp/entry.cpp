#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/tls_files.hpp"
#include "agent/sources/otlp/otlp.hpp"

namespace outrider::sources::otlp {

void enter(Shelf& shelf);

namespace {

TracePlan to_plan(const Settings& settings) {
  TracePlan plan;
  plan.make = [settings](const Tools& tools) { return make(tools, settings); };
  plan.most_request_bytes = settings.most_request;
  if (settings.tls) {
    plan.reads = {{"tls.certificate", settings.tls->certificate}, {"tls.key", settings.tls->key}};
    if (!settings.tls->client_authority.empty())
      plan.reads.emplace_back("tls.client_authority", settings.tls->client_authority);
  }
  return plan;
}

std::optional<config::Complaint> judge(const Settings& settings) {
  if (settings.http.empty() && settings.grpc.empty())
    return config::Complaint{"http", "give at least one of `http` and `grpc`: it would hear nothing"};
  if (settings.http == settings.grpc) {
    return config::Complaint{"grpc",
                             "`http` and `grpc` are both " + settings.grpc + "; give each a port of its own"};
  }
  return std::nullopt;
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Settings> settings =
      config::Object<Settings>()
          .optional("http", &Settings::http, config::endpoint(),
                    "OTLP over HTTP, in Protobuf or JSON: host:port")
          .optional("grpc", &Settings::grpc, config::endpoint(), "OTLP over gRPC: host:port")
          .optional("tls", &Settings::tls, config::tls_files<net::TlsFiles>(),
                    "listen over TLS, at both addresses")
          .optional("most_request", &Settings::most_request, config::bytes(64 * 1024, 256u << 20),
                    "a request that is larger, packed or unpacked, is refused")
          .optional("connections", &Settings::connections, config::whole(1, 10'000),
                    "how many senders may be connected at once, of each kind")
          .rule(judge);
  const std::function<TracePlan(Settings)> turn = to_plan;
  shelf.put(TraceEntry{"otlp", "spans over OTLP", settings.as<TracePlan>(turn)});
}

}  // namespace outrider::sources::otlp
