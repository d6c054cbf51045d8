#include "agent/sinks/trust.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::sinks {
namespace {

std::optional<config::Complaint> half_an_identity(const net::TlsTrust& trust) {
  if (trust.certificate.empty() == trust.key.empty()) return std::nullopt;
  return config::Complaint{trust.key.empty() ? "certificate" : "key",
                           "`certificate` and `key` belong together: give both or neither"};
}

}  // namespace

config::Kind<net::TlsTrust> trust() {
  return config::Object<net::TlsTrust>()
      .optional("authority", &net::TlsTrust::authority, config::path(),
                "PEM file of the authority to believe; the system's when left out")
      .optional("certificate", &net::TlsTrust::certificate, config::path(), "PEM file of our certificate")
      .optional("key", &net::TlsTrust::key, config::path(), "PEM file of our key")
      .optional("server_name", &net::TlsTrust::server_name, config::text(),
                "the name expected in the server's certificate; the host of its address when left out")
      .optional("verify", &net::TlsTrust::verify, config::yes_or_no(),
                "false believes any certificate: for tests only")
      .rule(half_an_identity);
}

}  // namespace outrider::sinks
