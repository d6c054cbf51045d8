#include "agent/durable/lmdb_trouble.hpp"

#include <cerrno>

#include <lmdb.h>

#include <fmt/format.h>

namespace outrider::durable {

core::Error damaged(const std::string& file, std::string_view how) {
  return {core::Errc::corrupt, fmt::format("cannot trust {}: {}", file, how),
          "what can be read of it is saved by `outrider spool fsck --repair`; the damaged file is kept "
          "beside it"};
}

core::Error lmdb_trouble(std::string_view doing, const std::string& file, int code) {
  const std::string what = fmt::format("cannot {} {}", doing, file);
  switch (code) {
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
      return {core::Errc::exhausted, what + ": its bound is reached",
              "it empties itself when what waits in it is taken; or give it more room"};
    case ENOSPC:
    case EDQUOT: return {core::Errc::exhausted, what + ": the disk is full", "make room on its file system"};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE: return damaged(file, mdb_strerror(code));
    case MDB_READERS_FULL:
      return {core::Errc::busy, what + ": too many processes read it at once", "close some of them"};
    case MDB_MAP_RESIZED:
      return {core::Errc::busy, what + ": it was made larger in the meantime", "open it again"};
    case MDB_PANIC:
      return {core::Errc::internal, what + ": its disk failed in the middle of a write",
              "look at the disk, then start the agent again"};
    case MDB_BAD_VALSIZE: return {core::Errc::invalid, what + ": a key has 1 to 500 bytes"};
    default: break;
  }
  return code > 0 ? core::system_error(what, code)
                  : core::Error(core::Errc::internal, what + ": " + mdb_strerror(code));
}

}  // namespace outrider::durable
