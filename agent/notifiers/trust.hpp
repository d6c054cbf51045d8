// Addresses, values that may be secret, and whom to trust: as several entries write them.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/secret.hpp"
#include "agent/net/http.hpp"

namespace outrider::notifiers {

config::Kind<net::TlsTrust> trust();

// In the open, or {file: …} and {env: …} for what must not be seen.
config::Kind<config::Secret> open_or_secret();
// The same for an http or https URL. That of a file loses the line's end with which editors leave it.
config::Kind<config::Secret> open_or_secret_url();
// {file: …} or {env: …} only.
config::Kind<config::Secret> secret_url();

}  // namespace outrider::notifiers
