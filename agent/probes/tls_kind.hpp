// How a probe trusts what it asks over TLS, in the configuration.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/values/members.hpp"
#include "agent/net/http.hpp"

#include <optional>

namespace outrider::probes {

config::Kind<net::TlsTrust> trust();

// Certificate and key belong together.
std::optional<config::Complaint> half_an_identity(const std::optional<net::TlsTrust>& tls);

}  // namespace outrider::probes
