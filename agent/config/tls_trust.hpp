// How `tls: {…}` of somebody who calls is written: whom to believe, and who to be. `Trust` is net::TlsTrust,
// of which nothing is known down here but the names of its members.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <optional>

namespace outrider::config {

template <class Trust>
Kind<Trust> tls_trust() {
  return Object<Trust>()
      .optional("authority", &Trust::authority, path(),
                "PEM file of the authority to believe; the system's when left out")
      .optional("certificate", &Trust::certificate, path(), "PEM file of our certificate")
      .optional("key", &Trust::key, path(), "PEM file of our key")
      .optional("server_name", &Trust::server_name, text(),
                "the name expected in the server's certificate; the host of its address when left out")
      .optional("verify", &Trust::verify, yes_or_no(), "false believes any certificate: for tests only")
      .rule([](const Trust& trust) -> std::optional<Complaint> {
        if (trust.certificate.empty() == trust.key.empty()) return std::nullopt;
        return Complaint{trust.key.empty() ? "certificate" : "key",
                         "`certificate` and `key` belong together: give both or neither"};
      });
}

}  // namespace outrider::config
