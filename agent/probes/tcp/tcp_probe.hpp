// Opens a connection and closes it again: is anybody there?
#pragma once

#include "agent/probes/shelf.hpp"

#include <string>

namespace outrider::probes::tcp {

// `address` is "host:port" or "unix:/path".
std::unique_ptr<Probe> make_probe(std::string address, const Tools& tools);

}  // namespace outrider::probes::tcp
