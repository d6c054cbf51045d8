// The header that stands at the beginning of each page of WAL.
#pragma once

#include "agent/wal/check/record.hpp"
#include "agent/wal/check/segment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::wal {

struct PageHeader {
  static constexpr std::uint32_t short_bytes = 24;
  static constexpr std::uint32_t long_bytes = 40;  // on the first page of a segment

  explicit PageHeader(const char* at)
      : magic(load<std::uint16_t>(at)),
        info(load<std::uint16_t>(at + 2)),
        timeline(load<std::uint32_t>(at + 4)),
        address(load<std::uint64_t>(at + 8)),
        rest_bytes(load<std::uint32_t>(at + 16)),
        padding(load<std::uint32_t>(at + 20)) {}

  bool continues() const { return (info & 1u) != 0; }  // begins inside a record
  bool is_long() const { return (info & 2u) != 0; }
  bool overwrites() const { return (info & 8u) != 0; }  // the record that would go on here was given up
  // A record's rest and its announcement belong together, and unknown flags and padding are zero.
  bool is_sound() const {
    const bool rest_fits = continues() ? rest_bytes != 0 && !overwrites() : rest_bytes == 0;
    return (info & ~0xFu) == 0 && padding == 0 && rest_fits;
  }

  std::uint16_t magic;
  std::uint16_t info;
  std::uint32_t timeline;
  std::uint64_t address;
  std::uint32_t rest_bytes;
  std::uint32_t padding;
};

// What the first page says of its whole cluster.
struct LongHeader {
  explicit LongHeader(const char* at)
      : page(at),
        system_id(load<std::uint64_t>(at + 24)),
        segment_bytes(load<std::uint32_t>(at + 32)),
        page_bytes(load<std::uint32_t>(at + 36)) {}

  PageHeader page;
  std::uint64_t system_id;
  std::uint32_t segment_bytes;
  std::uint32_t page_bytes;
};

// 15 for 0xD110, 96 for 9.6; 0 for a newer one than is known here. Nothing for what is no WAL.
std::optional<int> server_version(std::uint16_t magic);

// The first page alone: is it WAL, of this cluster, this segment, this timeline?
std::optional<Fault> check_first_page(std::string_view bytes, const Expected& expected);

// Whether a page at `address` may be of this timeline.
bool is_timeline_of(std::uint32_t timeline, std::uint64_t address, const Expected& expected);

}  // namespace outrider::wal
