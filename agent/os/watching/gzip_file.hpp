// A gzip file, read as what was packed into it, at the same places.
#pragma once

#include "agent/os/watching/watched_files.hpp"

#include <memory>
#include <string_view>

namespace outrider::os {

bool is_gzip(std::string_view beginning);

// Unpacks it once to know its size: `busy` when it has no end yet, as while it is still being written.
core::Outcome<std::unique_ptr<ReadableFile>> unpack(std::shared_ptr<ReadableFile> packed);

}  // namespace outrider::os
