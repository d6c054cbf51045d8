#include "agent/wal/inflate/inflate.hpp"

#include "agent/core/text.hpp"
#include "agent/wal/inflate/unpack.hpp"

#include <fmt/format.h>

namespace outrider::wal {

using namespace std::string_view_literals;

std::string_view name_of(Packing packing) {
  switch (packing) {
    case Packing::plain: return "plain";
    case Packing::gzip: return "gzip";
    case Packing::lz4: return "lz4";
    case Packing::zstd: return "zstd";
    case Packing::bzip2: return "bzip2";
    case Packing::xz: return "xz";
    case Packing::lzo: return "lzo";
    case Packing::encrypted: return "encrypted";
  }
  return "plain";
}

Packing packing_of(std::string_view stored) {
  if (stored.starts_with("\x1f\x8b"sv)) return Packing::gzip;
  if (stored.starts_with("\x04\x22\x4d\x18"sv)) return Packing::lz4;
  if (stored.starts_with("\x28\xb5\x2f\xfd"sv)) return Packing::zstd;
  if (stored.starts_with("BZh"sv)) return Packing::bzip2;
  if (stored.starts_with("\xfd\x37zXZ\0"sv)) return Packing::xz;
  if (stored.starts_with("\x89LZO\0"sv)) return Packing::lzo;
  if (stored.starts_with("Salted__"sv)) return Packing::encrypted;
  return Packing::plain;
}

core::Outcome<std::string> inflate(std::string stored, std::uint64_t limit_bytes) {
  const Packing packing = packing_of(stored);
  if (packing == Packing::plain) {
    if (stored.size() <= limit_bytes) return stored;
    return core::fail(core::Errc::exhausted,
                      fmt::format("cannot read the file: it has {}, more than the {} allowed",
                                  core::show_bytes(stored.size()), core::show_bytes(limit_bytes)));
  }
  const std::string step = fmt::format("cannot unpack the file ({})", name_of(packing));
  std::string plain;
  unpack::Ending ending = unpack::Ending::unknown;
  switch (packing) {
    case Packing::gzip: ending = unpack::gzip(stored, limit_bytes, plain); break;
    case Packing::lz4: ending = unpack::lz4(stored, limit_bytes, plain); break;
    case Packing::zstd: ending = unpack::zstd(stored, limit_bytes, plain); break;
    case Packing::bzip2: ending = unpack::bzip2(stored, limit_bytes, plain); break;
    case Packing::encrypted:
      return core::fail(core::Errc::unsupported, step,
                        "only the tool that wrote it has the key: read it through that");
    default: break;
  }
  switch (ending) {
    case unpack::Ending::whole: return plain;
    case unpack::Ending::cut_off: return core::fail(core::Errc::corrupt, step + ": it is cut off");
    case unpack::Ending::broken: return core::fail(core::Errc::corrupt, step + ": it is not what was packed");
    case unpack::Ending::too_large:
      return core::fail(core::Errc::exhausted,
                        fmt::format("{}: more than {} come out of {}", step, core::show_bytes(limit_bytes),
                                    core::show_bytes(stored.size())));
    case unpack::Ending::no_memory: return core::fail(core::Errc::exhausted, step + ": no memory");
    case unpack::Ending::unknown: break;
  }
  return core::fail(core::Errc::unsupported, step, "store WAL plain, or as gz, lz4, zst or bz2");
}

}  // namespace outrider::wal
