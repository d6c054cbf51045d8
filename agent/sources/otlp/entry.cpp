#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/values/tls_files.hpp"
#include "agent/sources/otlp/otlp.hpp"

namespace outrider::sources::otlp {

void enter(Shelf& shelf);

namespace {

std::optional<config::Complaint> judge(const ListenPlan& plan) {
  if (plan.http.empty() && plan.grpc.empty())
    return config::Complaint{"http", "give at least one of `http` and `grpc`: it would hear nothing"};
  if (plan.http == plan.grpc) {
    return config::Complaint{"grpc",
                             "`http` and `grpc` are both " + plan.grpc + "; give each a port of its own"};
  }
  return std::nullopt;
}

// The same words for each signal.
config::Kind<ListenPlan> listening(Signal signal) {
  const config::Kind<ListenPlan> words =
      config::Object<ListenPlan>()
          .optional("http", &ListenPlan::http, config::endpoint(),
                    "OTLP over HTTP, in Protobuf or JSON: host:port")
          .optional("grpc", &ListenPlan::grpc, config::endpoint(), "OTLP over gRPC: host:port")
          .optional("tls", &ListenPlan::tls, config::tls_files<net::TlsFiles>(),
                    "listen over TLS, at both addresses")
          .optional("most_request", &ListenPlan::most_request, config::bytes(64 * 1024, 256u << 20),
                    "a request that is larger, packed or unpacked, is refused")
          .optional("connections", &ListenPlan::connections, config::whole(1, 10'000),
                    "how many senders may be connected at once, of each kind")
          .rule(judge);
  const std::function<ListenPlan(ListenPlan)> turn = [signal](ListenPlan plan) {
    plan.signal = signal;
    plan.reception = make;
    return plan;
  };
  return words.as<ListenPlan>(turn);
}

LogPlan to_log_plan(ListenPlan listen) {
  LogPlan plan;
  plan.streams = {std::string(log_stream)};
  plan.listen = std::move(listen);
  plan.format = "otlp";
  return plan;
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<LogPlan(ListenPlan)> turn = to_log_plan;
  shelf.put(TraceEntry{"otlp", "spans over OTLP", listening(Signal::traces)});
  shelf.put(LogEntry{"otlp", "log records over OTLP", listening(Signal::logs).as<LogPlan>(turn)});
}

}  // namespace outrider::sources::otlp
