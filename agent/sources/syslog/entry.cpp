#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/sources/syslog/syslog.hpp"

namespace outrider::sources::syslog {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

struct WrittenTls {
  std::string listen, certificate, key, client_authority;
};

struct Written {
  std::string udp, tcp;
  std::optional<WrittenTls> tls;
  std::uint64_t most_message = 64 * 1024;
  std::uint32_t connections = 256;
  core::Duration message_time = 30s;
  core::Duration idle = 1h;
};

std::optional<config::Complaint> judge(const Written& written) {
  if (!written.udp.empty() || !written.tcp.empty() || written.tls) return std::nullopt;
  return config::Complaint{"udp", "give at least one of `udp`, `tcp` and `tls`: it would hear nothing"};
}

LogPlan to_plan(const Written& written) {
  Settings settings{written.udp,         written.tcp,          std::nullopt, written.most_message,
                    written.connections, written.message_time, written.idle};
  if (written.tls) {
    settings.tls = SecureListener{
        written.tls->listen, {written.tls->certificate, written.tls->key, written.tls->client_authority}};
  }
  LogPlan plan;
  plan.streams = streams_of(settings);
  plan.make = [settings](const Tools& tools) { return make(tools, settings); };
  plan.format = "syslog";
  return plan;
}

config::Kind<WrittenTls> tls() {
  return config::Object<WrittenTls>()
      .required("listen", &WrittenTls::listen, config::endpoint(), "where: host:port")
      .required("certificate", &WrittenTls::certificate, config::path(), "PEM file, the whole chain")
      .required("key", &WrittenTls::key, config::path(), "PEM file")
      .optional("client_authority", &WrittenTls::client_authority, config::path(),
                "PEM file: senders must show a certificate that it has signed");
}

}  // namespace

void enter(Shelf& shelf) {
  const config::Kind<Written> written =
      config::Object<Written>()
          .optional("udp", &Written::udp, config::endpoint(), "receive datagrams there: host:port")
          .optional("tcp", &Written::tcp, config::endpoint(), "let senders connect there")
          .optional("tls", &Written::tls, tls(), "and there over TLS")
          .optional("most_message", &Written::most_message, config::bytes(1024, 1 << 20),
                    "a longer message goes on in pieces, each marked")
          .optional("connections", &Written::connections, config::whole(1, 10'000),
                    "how many senders may be connected at once, of each kind")
          .optional("message_time", &Written::message_time, config::duration(1s, 1h),
                    "how long a message may take from its first byte to its last")
          .optional("idle", &Written::idle, config::duration(1s, 7 * 24h),
                    "how long a sender may be connected and say nothing")
          .rule(judge);
  const std::function<LogPlan(Written)> turn = to_plan;
  shelf.put(LogEntry{"syslog", "syslog messages, over UDP, TCP and TLS", written.as<LogPlan>(turn)});
}

}  // namespace outrider::sources::syslog
