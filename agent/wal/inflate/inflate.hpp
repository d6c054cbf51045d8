// The bytes of an archived file as PostgreSQL wrote them, whatever the archive made of them.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::wal {

enum class Packing { plain, gzip, lz4, zstd, bzip2, xz, lzo, encrypted };

std::string_view name_of(Packing packing);

// By the first bytes; what is not recognised is plain.
Packing packing_of(std::string_view stored);

// Plain bytes are handed through. `corrupt`: not what was packed, or cut off. `exhausted`: more than
// `limit_bytes` would come out. `unsupported`: xz, lzo, encrypted.
core::Outcome<std::string> inflate(std::string stored, std::uint64_t limit_bytes);

}  // namespace outrider::wal
