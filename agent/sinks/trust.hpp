// How `tls: {…}` of a sink is written: whom to believe, and who to be.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/net/http.hpp"

namespace outrider::sinks {

config::Kind<net::TlsTrust> trust();

}  // namespace outrider::sinks
