#include "agent/telemetry/packer.hpp"

#include <algorithm>
#include <new>

#include <libdeflate.h>

namespace outrider::telemetry {

Packer::Packer(int level) : compressor_(libdeflate_alloc_compressor(std::clamp(level, 1, 12))) {
  if (!compressor_) throw std::bad_alloc();
}

void Packer::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

void Packer::gzip(std::string_view plain, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + libdeflate_gzip_compress_bound(compressor_.get(), plain.size()));
  out.resize(before + libdeflate_gzip_compress(compressor_.get(), plain.data(), plain.size(),
                                               out.data() + before, out.size() - before));
}

void Packer::zlib(std::string_view plain, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + libdeflate_zlib_compress_bound(compressor_.get(), plain.size()));
  out.resize(before + libdeflate_zlib_compress(compressor_.get(), plain.data(), plain.size(),
                                               out.data() + before, out.size() - before));
}

}  // namespace outrider::telemetry
