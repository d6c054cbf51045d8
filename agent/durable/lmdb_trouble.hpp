// What LMDB's numbers mean to us.
#pragma once

#include "agent/core/outcome.hpp"

#include <string>
#include <string_view>

namespace outrider::durable {

// "cannot read /x/data.mdb: …"
core::Error lmdb_trouble(std::string_view doing, const std::string& file, int code);

// The file is not what was written; `how` says what is wrong with it.
core::Error damaged(const std::string& file, std::string_view how);

}  // namespace outrider::durable
