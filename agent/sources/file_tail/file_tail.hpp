// Follows log files, however they are rotated. See README.md for what makes a file the same file.
#pragma once

#include "agent/sources/shelf.hpp"
#include "agent/tail/files/settings.hpp"

#include <memory>

namespace outrider::sources::file_tail {

std::unique_ptr<ReplaySource> make(const Tools& tools, tail::Settings settings);

}  // namespace outrider::sources::file_tail
