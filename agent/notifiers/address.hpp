// Addresses that may be secret, as several entries write them.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/secret.hpp"

namespace outrider::notifiers {

// An http or https URL, in the open, or {file: …} and {env: …} for one that must not be seen. That of a file
// loses the line's end with which editors leave it.
config::Kind<config::Secret> open_or_secret_url();
// {file: …} or {env: …} only.
config::Kind<config::Secret> secret_url();

}  // namespace outrider::notifiers
