#include "agent/wal/inflate/unpack.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <bzlib.h>
#include <libdeflate.h>
#include <zstd.h>

#include <lz4frame.h>

namespace outrider::wal::unpack {
namespace {

constexpr std::size_t first_room = 1 << 20;

// Room for what comes out, grown step by step: what is small stays small.
class Room {
 public:
  Room(std::string& plain, std::uint64_t limit_bytes, std::size_t first = first_room)
      : plain_(plain), limit_(limit_bytes) {
    plain_.resize(std::min<std::uint64_t>(std::max(first, first_room), limit_));
  }

  char* next() { return plain_.data() + used_; }
  std::size_t left() const { return plain_.size() - used_; }
  void took(std::size_t bytes) { used_ += bytes; }
  // False: the limit is reached.
  bool grow() {
    if (plain_.size() >= limit_) return false;
    plain_.resize(std::min<std::uint64_t>(limit_, plain_.size() * 4));
    return true;
  }
  Ending finish(Ending ending) {
    plain_.resize(ending == Ending::whole ? used_ : 0);
    return ending;
  }

 private:
  std::string& plain_;
  std::uint64_t limit_;
  std::size_t used_ = 0;
};

// A gzip stream ends with its own plain size. Only a hint: it may lie, and another stream may follow.
std::size_t size_at_end(std::string_view stored) {
  std::uint32_t bytes = 0;
  if (stored.size() >= sizeof bytes)
    std::memcpy(&bytes, stored.data() + stored.size() - sizeof bytes, sizeof bytes);
  return bytes;
}

}  // namespace

Ending gzip(std::string_view stored, std::uint64_t limit_bytes, std::string& plain) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> owner(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!owner) return Ending::no_memory;
  Room room(plain, limit_bytes, size_at_end(stored));
  while (!stored.empty()) {
    std::size_t taken = 0;
    std::size_t given = 0;
    const auto result = libdeflate_gzip_decompress_ex(owner.get(), stored.data(), stored.size(), room.next(),
                                                      room.left(), &taken, &given);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (!room.grow()) return room.finish(Ending::too_large);
      continue;
    }
    // It cannot tell a stream that is cut off from one that is broken; either way it is not what was packed.
    if (result != LIBDEFLATE_SUCCESS) return room.finish(Ending::broken);
    room.took(given);
    stored.remove_prefix(taken);
  }
  return room.finish(Ending::whole);
}

Ending lz4(std::string_view stored, std::uint64_t limit_bytes, std::string& plain) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) return Ending::no_memory;
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> owner(
      made, LZ4F_freeDecompressionContext);
  Room room(plain, limit_bytes);
  std::size_t wanted = 1;
  for (;;) {
    std::size_t given = room.left();
    std::size_t taken = stored.size();
    wanted = LZ4F_decompress(owner.get(), room.next(), &given, stored.data(), &taken, nullptr);
    if (LZ4F_isError(wanted) != 0) return room.finish(Ending::broken);
    room.took(given);
    stored.remove_prefix(taken);
    if (stored.empty() && wanted == 0) return room.finish(Ending::whole);
    if (room.left() == 0) {
      if (!room.grow()) return room.finish(Ending::too_large);
    } else if (stored.empty() && given == 0) {
      return room.finish(Ending::cut_off);
    }
  }
}

Ending zstd(std::string_view stored, std::uint64_t limit_bytes, std::string& plain) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> owner(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!owner) return Ending::no_memory;
  // What a frame asks for as its window is memory too.
  ZSTD_DCtx_setParameter(owner.get(), ZSTD_d_windowLogMax, 27);
  Room room(plain, limit_bytes);
  ZSTD_inBuffer in{stored.data(), stored.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{room.next(), room.left(), 0};
    const std::size_t wanted = ZSTD_decompressStream(owner.get(), &out, &in);
    if (ZSTD_isError(wanted) != 0) return room.finish(Ending::broken);
    room.took(out.pos);
    if (in.pos == in.size && wanted == 0) return room.finish(Ending::whole);
    if (room.left() == 0) {
      if (!room.grow()) return room.finish(Ending::too_large);
    } else if (in.pos == in.size && out.pos == 0) {
      return room.finish(Ending::cut_off);
    }
  }
}

Ending bzip2(std::string_view stored, std::uint64_t limit_bytes, std::string& plain) {
  Room room(plain, limit_bytes);
  while (!stored.empty()) {
    bz_stream stream{};
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return room.finish(Ending::no_memory);
    const std::unique_ptr<bz_stream, decltype(&BZ2_bzDecompressEnd)> owner(&stream, BZ2_bzDecompressEnd);
    // The library only reads from next_in, though its type does not say so.
    stream.next_in = const_cast<char*>(stored.data());
    stream.avail_in = static_cast<unsigned>(stored.size());
    int result = BZ_OK;
    while (result == BZ_OK) {
      if (room.left() == 0 && !room.grow()) return room.finish(Ending::too_large);
      const auto space = static_cast<unsigned>(room.left());
      stream.next_out = room.next();
      stream.avail_out = space;
      result = BZ2_bzDecompress(&stream);
      room.took(space - stream.avail_out);
      if (result == BZ_OK && stream.avail_in == 0 && stream.avail_out == space)
        return room.finish(Ending::cut_off);
    }
    if (result != BZ_STREAM_END) return room.finish(Ending::broken);
    stored.remove_prefix(stored.size() - stream.avail_in);
  }
  return room.finish(Ending::whole);
}

}  // namespace outrider::wal::unpack
