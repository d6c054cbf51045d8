#include "agent/telemetry/remote_write/snappy_block.hpp"

#include <snappy.h>

namespace outrider::telemetry::remote_write {

std::string packed(std::string_view plain) {
  std::string out;
  snappy::Compress(plain.data(), plain.size(), &out);
  return out;
}

std::optional<std::string> unpacked(std::string_view packed, std::size_t most_bytes) {
  std::size_t bytes = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &bytes) || bytes > most_bytes)
    return std::nullopt;
  std::string plain;
  if (!snappy::Uncompress(packed.data(), packed.size(), &plain)) return std::nullopt;
  return plain;
}

}  // namespace outrider::telemetry::remote_write
