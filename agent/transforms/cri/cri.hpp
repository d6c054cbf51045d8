// What containerd and CRI-O write around a container's line:
//   2026-11-21T11:26:03.512345678Z stdout F {"level":"info","msg":"…"}
// P is a part of a line whose rest follows in the same channel; F is a line, or its last part.
#pragma once

#include "agent/transforms/shelf.hpp"

#include <memory>

namespace outrider::transforms::cri {

std::unique_ptr<Wrapper> make();

}  // namespace outrider::transforms::cri
