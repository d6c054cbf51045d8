// Listens for OTLP over HTTP and gRPC. A sender hears that what it sent was taken when it is on the disk, and
// keeps it until then.
#pragma once

#include "agent/sources/shelf.hpp"

#include <memory>

namespace outrider::sources::otlp {

std::unique_ptr<Reception> make(const Tools& tools);

}  // namespace outrider::sources::otlp
