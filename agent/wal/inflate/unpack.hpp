// One function for each way of packing. All take several streams one behind the other, and never write more
// than `limit_bytes`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outrider::wal::unpack {

enum class Ending { whole, cut_off, broken, too_large, no_memory, unknown };

Ending gzip(std::string_view stored, std::uint64_t limit_bytes, std::string& plain);
Ending lz4(std::string_view stored, std::uint64_t limit_bytes, std::string& plain);
Ending zstd(std::string_view stored, std::uint64_t limit_bytes, std::string& plain);
Ending bzip2(std::string_view stored, std::uint64_t limit_bytes, std::string& plain);

}  // namespace outrider::wal::unpack
