// What Docker's json-file driver writes around a container's line:
//   {"log":"Ready\n","stream":"stdout","time":"2026-11-21T11:26:03.512345678Z"}
// A log without a line end is a part; its rest follows in the same stream.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::docker_json {

std::unique_ptr<Wrapper> make();

}  // namespace outrider::transforms::docker_json
