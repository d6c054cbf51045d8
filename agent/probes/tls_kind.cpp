#include "agent/probes/tls_kind.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::probes {

config::Kind<net::TlsTrust> trust() {
  return config::Object<net::TlsTrust>()
      .optional("authority", &net::TlsTrust::authority, config::path(),
                "PEM file of the authority to believe")
      .optional("certificate", &net::TlsTrust::certificate, config::path(), "PEM file of our certificate")
      .optional("key", &net::TlsTrust::key, config::path(), "PEM file of our key")
      .optional("server_name", &net::TlsTrust::server_name, config::text(),
                "the name expected in the server's certificate; the host that is asked when left out")
      .optional("verify", &net::TlsTrust::verify, config::yes_or_no(),
                "false believes any certificate: for tests only");
}

std::optional<config::Complaint> half_an_identity(const std::optional<net::TlsTrust>& tls) {
  if (!tls || tls->certificate.empty() == tls->key.empty()) return std::nullopt;
  return config::Complaint{"tls", "`certificate` and `key` belong together: give both or neither"};
}

}  // namespace outrider::probes
