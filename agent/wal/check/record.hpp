// The parts of a WAL record that a checker reads: its header, and what a commit says.
#pragma once

#include "agent/wal/check/joint.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace outrider::wal {

// WAL is written in the byte order of its machine; only little-endian machines are known here, and the magic
// number of any other one's is not recognised.
template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// What stands before each record's data.
struct RecordHeader {
  static constexpr std::uint32_t bytes = 24;
  static constexpr std::uint32_t crc_offset = 20;  // all before it is part of the checksum

  explicit RecordHeader(const char* at)
      : total_bytes(load<std::uint32_t>(at)),
        xid(load<std::uint32_t>(at + 4)),
        prev(load<std::uint64_t>(at + 8)),
        info(load<std::uint8_t>(at + 16)),
        manager(load<std::uint8_t>(at + 17)),
        crc(load<std::uint32_t>(at + crc_offset)) {}

  bool is_switch() const { return manager == 0 && (info & 0xF0u) == 0x40u; }
  bool is_transaction() const { return manager == 1; }
  bool creates_tablespace() const { return manager == 5 && (info & 0xF0u) == 0; }

  std::uint32_t total_bytes;
  std::uint32_t xid;
  std::uint64_t prev;
  std::uint8_t info;
  std::uint8_t manager;
  std::uint32_t crc;
};

// PostgreSQL's own are 0 to 21; extensions have had 128 to 255 since version 15.
inline bool is_known_manager(std::uint8_t manager) { return manager <= 21 || manager >= 128; }

// `record` may be cut off behind its first 64 bytes. Nothing when it is not a commit.
std::optional<Commit> read_commit(std::string_view record, Lsn lsn);

}  // namespace outrider::wal
