// For tests: writes WAL as PostgreSQL does, record by record, into as many segments as it takes.
#pragma once

#include "agent/core/sums/crc32c.hpp"
#include "agent/wal/check/segment.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

namespace outrider::wal {

struct WalKit {
  static constexpr std::uint32_t page_bytes = 8192;

  std::uint64_t system_id = 7'000'000'000'000'000'001;
  std::uint32_t timeline = 1;
  std::uint64_t segment_bytes = least_segment_bytes;
  std::uint64_t next = least_segment_bytes;  // where the next record begins, page header not counted
  std::uint64_t last = 0;                    // where the last one began
  std::map<std::uint64_t, std::string> segments;

  template <class T>
  void put(std::uint64_t at, T value) {
    std::string& segment = segments[at / segment_bytes];
    segment.resize(segment_bytes);
    std::memcpy(segment.data() + at % segment_bytes, &value, sizeof value);
  }

  // The page at `at`, which begins with `rest` bytes of an older record. Gives the place behind its header.
  std::uint64_t open_page(std::uint64_t at, std::uint32_t rest, std::uint16_t flags = 0) {
    const bool first = at % segment_bytes == 0;
    put<std::uint16_t>(at, 0xD110);
    put<std::uint16_t>(at + 2, static_cast<std::uint16_t>((rest != 0 ? 1 : 0) | (first ? 2 : 0) | flags));
    put<std::uint32_t>(at + 4, timeline);
    put<std::uint64_t>(at + 8, at);
    put<std::uint32_t>(at + 16, rest);
    if (!first) return at + 24;
    put<std::uint64_t>(at + 24, system_id);
    put<std::uint32_t>(at + 32, static_cast<std::uint32_t>(segment_bytes));
    put<std::uint32_t>(at + 36, page_bytes);
    return at + 40;
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (next % page_bytes == 0) next = open_page(next, static_cast<std::uint32_t>(bytes.size()));
      const std::size_t piece = std::min<std::size_t>(bytes.size(), page_bytes - next % page_bytes);
      std::string& segment = segments[next / segment_bytes];
      segment.resize(segment_bytes);
      std::memcpy(segment.data() + next % segment_bytes, bytes.data(), piece);
      bytes.remove_prefix(piece);
      next += piece;
    }
    next = (next + 7) & ~std::uint64_t{7};
  }

  static std::string packed(std::uint8_t manager, std::uint8_t info, std::uint32_t xid, std::uint64_t prev,
                            std::string_view data) {
    std::string record(24, '\0');
    const auto total = static_cast<std::uint32_t>(record.size() + data.size());
    std::memcpy(record.data(), &total, 4);
    std::memcpy(record.data() + 4, &xid, 4);
    std::memcpy(record.data() + 8, &prev, 8);
    record[16] = static_cast<char>(info);
    record[17] = static_cast<char>(manager);
    record += data;
    std::uint32_t crc = core::crc32c_add_by_table(core::crc32c_start, data.data(), data.size());
    crc = core::crc32c_finished(core::crc32c_add_by_table(crc, record.data(), 20));
    std::memcpy(record.data() + 20, &crc, 4);
    return record;
  }

  // Gives the record's LSN.
  std::uint64_t record(std::string_view data, std::uint8_t manager = 10, std::uint8_t info = 0,
                       std::uint32_t xid = 700) {
    if (next % page_bytes == 0) next = open_page(next, 0);
    const std::uint64_t at = next;
    write(packed(manager, info, xid, last, data));
    return last = at;
  }

  std::uint64_t commit(std::uint32_t xid, std::int64_t microseconds_since_2000) {
    std::string data("\xff\x08", 2);
    data.append(reinterpret_cast<const char*>(&microseconds_since_2000), 8);
    return record(data, 1, 0, xid);
  }

  void switch_segment() {
    record({}, 0, 0x40, 0);
    next = (next / segment_bytes + 1) * segment_bytes;
  }

  void fill_until(std::uint64_t end, std::size_t record_bytes = 100) {
    while (next < end) record(std::string(record_bytes, static_cast<char>('a' + next / 64 % 26)));
  }

  Expected expected(std::uint64_t number) const {
    Expected result;
    result.id = SegmentId{timeline, number};
    result.segment_bytes = segment_bytes;
    result.system_id = system_id;
    return result;
  }

  SegmentReport check(std::uint64_t number) const {
    return check_segment(segments.at(number), expected(number));
  }
};

}  // namespace outrider::wal
