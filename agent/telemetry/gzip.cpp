#include "agent/telemetry/exposition.hpp"

#include <memory>

#include <libdeflate.h>

namespace outrider::telemetry {

std::string gzip(std::string_view bytes) {
  // Level 1: expositions repeat themselves so much that more effort saves little.
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(1), &libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(
      libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size()));
  packed.shrink_to_fit();
  return packed;
}

}  // namespace outrider::telemetry
