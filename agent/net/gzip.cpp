#include "agent/net/gzip.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

namespace outrider::net {
namespace {

constexpr int gzip_window = 15 + 16;    // the largest window, gzip's frame
constexpr int either_window = 15 + 32;  // the largest window, frame told by its head
constexpr std::size_t step_bytes = 16 * 1024;

// zlib counts in 32 bits and wants a pointer that may write, though it only reads.
void feed(z_stream& stream, std::string_view& rest) {
  const std::size_t most = std::numeric_limits<uInt>::max();
  const std::size_t share = std::min(rest.size(), most);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
  stream.avail_in = static_cast<uInt>(share);
  rest.remove_prefix(share);
}

struct Inflater {
  Inflater() {
    if (inflateInit2(&stream, either_window) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
  z_stream stream{};
};

struct Deflater {
  explicit Deflater(int level) {
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
  z_stream stream{};
};

}  // namespace

std::string gzip(std::string_view plain, int level) {
  Deflater deflater(std::clamp(level, 1, 9));
  std::string packed;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (deflater.stream.avail_in == 0) feed(deflater.stream, plain);
    const std::size_t before = packed.size();
    packed.resize(before + step_bytes);
    deflater.stream.next_out = reinterpret_cast<Bytef*>(packed.data() + before);
    deflater.stream.avail_out = step_bytes;
    state = deflate(&deflater.stream, plain.empty() ? Z_FINISH : Z_NO_FLUSH);
    packed.erase(packed.size() - deflater.stream.avail_out);
  }
  return packed;
}

core::Outcome<std::string> gunzip(std::string_view packed, std::uint64_t limit_bytes) {
  Inflater inflater;
  std::string plain;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (inflater.stream.avail_in == 0) feed(inflater.stream, packed);
    const std::size_t before = plain.size();
    plain.resize(before + step_bytes);
    inflater.stream.next_out = reinterpret_cast<Bytef*>(plain.data() + before);
    inflater.stream.avail_out = step_bytes;
    state = inflate(&inflater.stream, Z_NO_FLUSH);
    plain.erase(plain.size() - inflater.stream.avail_out);
    if (plain.size() > limit_bytes) {
      return core::fail(core::Errc::exhausted,
                        "cannot unpack: more than " + core::show_bytes(limit_bytes) + " come out");
    }
    if (state == Z_BUF_ERROR && inflater.stream.avail_in == 0 && packed.empty()) {
      return core::fail(core::Errc::corrupt, "cannot unpack: the compressed data is cut short");
    }
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
      const char* why = inflater.stream.msg != nullptr ? inflater.stream.msg : "not compressed data";
      return core::fail(core::Errc::corrupt, std::string("cannot unpack: ") + why);
    }
  }
  return plain;
}

}  // namespace outrider::net
