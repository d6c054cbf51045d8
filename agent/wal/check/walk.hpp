// The walk through one segment, record by record. Used by check_segment alone.
#pragma once

#include "agent/wal/check/page.hpp"
#include "agent/wal/check/segment.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::wal {

class Walk {
 public:
  // The first page was found to be good.
  Walk(std::string_view bytes, const Expected& expected, SegmentReport& report);

  void run();

 private:
  enum class Entry { good, given_up, broken };

  // A record that does not lie on one page, as far as it was collected.
  struct Pieces {
    std::array<char, kept_bytes> first{};
    std::uint32_t count = 0;  // all of it, also what is not kept
    std::uint32_t crc = crc_start;

    void add(const char* bytes, std::uint32_t length, std::uint32_t header_bytes);
    std::string kept() const { return {first.data(), std::min<std::size_t>(count, kept_bytes)}; }
    static const std::uint32_t crc_start;
  };

  bool take_head();
  Entry enter_page(std::uint32_t rest_bytes);
  bool take_record();
  bool take_split(std::uint32_t total_bytes);
  bool is_sound(const RecordHeader& header, std::uint32_t crc);
  bool is_in_place(const RecordHeader& header);
  bool take_whole(const RecordHeader& header, std::string_view kept);
  bool leave_open(const Pieces& pieces, std::uint32_t total_bytes);
  bool stop_at_zeroes(FaultKind kind, const char* what);
  bool stop(FaultKind kind, std::uint64_t offset, std::string what);
  Lsn lsn(std::uint64_t offset) const { return Lsn{begin_ + offset}; }
  std::uint64_t page_end() const { return (at_ / page_bytes_ + 1) * page_bytes_; }

  const std::string_view bytes_;
  const Expected& expected_;
  SegmentReport& report_;
  const LongHeader first_;
  const std::uint64_t begin_;
  const std::uint64_t page_bytes_;
  std::uint64_t at_ = 0;
  std::uint64_t page_end_ = 0;
  std::uint64_t record_at_ = 0;  // where the record begins that is being read
  std::uint32_t page_timeline_ = 0;
  std::optional<Lsn> last_;  // the last whole record
  std::optional<Commit> last_commit_;
};

}  // namespace outrider::wal
