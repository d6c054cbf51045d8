#include "agent/wal/check/walk.hpp"

#include "agent/core/sums/crc32c.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace outrider::wal {
namespace {

constexpr std::uint64_t aligned(std::uint64_t offset) { return (offset + 7) & ~std::uint64_t{7}; }

bool all_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::uint32_t crc_of(std::uint32_t over_data, const char* header) {
  return core::crc32c_finished(core::crc32c_add(over_data, header, RecordHeader::crc_offset));
}

}  // namespace

const std::uint32_t Walk::Pieces::crc_start = core::crc32c_start;

// The first `header_bytes` of all are no part of the running checksum: a record's own header comes last in
// it.
void Walk::Pieces::add(const char* bytes, std::uint32_t length, std::uint32_t header_bytes) {
  if (count < kept_bytes) {
    std::memcpy(first.data() + count, bytes, std::min<std::size_t>(length, kept_bytes - count));
  }
  const std::uint32_t skipped = count < header_bytes ? std::min(length, header_bytes - count) : 0;
  crc = core::crc32c_add(crc, bytes + skipped, length - skipped);
  count += length;
}

Walk::Walk(std::string_view bytes, const Expected& expected, SegmentReport& report)
    : bytes_(bytes),
      expected_(expected),
      report_(report),
      first_(bytes.data()),
      begin_(expected.id.begin(expected.segment_bytes).value),
      page_bytes_(first_.page_bytes) {}

void Walk::run() {
  report_.server_version = server_version(first_.page.magic).value_or(0);
  page_timeline_ = first_.page.timeline;
  report_.head.system_id = report_.tail.system_id = first_.system_id;
  report_.head.magic = report_.tail.magic = first_.page.magic;
  report_.head.page_timeline = first_.page.timeline;
  at_ = PageHeader::long_bytes;
  page_end_ = page_bytes_;
  report_.end = lsn(0);
  if (take_head()) {
    while (at_ < bytes_.size() && take_record()) continue;
  }
  report_.tail.last_record = last_;
  report_.tail.last_commit = last_commit_;
  report_.tail.page_timeline = page_timeline_;
}

// What is left of the record that came in. Its checksum is for join() to judge.
bool Walk::take_head() {
  Head& head = report_.head;
  head.overwrites = first_.page.overwrites();
  head.rest_bytes = first_.page.rest_bytes;
  Pieces pieces;
  pieces.crc = 0;
  while (pieces.count < head.rest_bytes && at_ < bytes_.size()) {
    if (at_ % page_bytes_ == 0) {
      const Entry entry = enter_page(head.rest_bytes - pieces.count);
      if (entry == Entry::broken) return false;
      head.overwrites = entry == Entry::given_up;
      if (head.overwrites) break;
    }
    const auto length =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(head.rest_bytes - pieces.count, page_end_ - at_));
    pieces.add(bytes_.data() + at_, length, kept_bytes);
    at_ += length;
  }
  head.here_bytes = pieces.count;
  head.first_bytes = pieces.kept();
  head.crc_after = pieces.crc;
  at_ = aligned(at_);
  if (head.here_bytes == head.rest_bytes && head.rest_bytes != 0) report_.end = lsn(at_);
  return true;
}

// Onto the page at `at_`, which begins with `rest_bytes` of the record that is being read.
Walk::Entry Walk::enter_page(std::uint32_t rest_bytes) {
  const PageHeader page(bytes_.data() + at_);
  const std::string_view header = bytes_.substr(at_, PageHeader::short_bytes);
  if (page.magic == 0 && all_zero(header)) {
    stop_at_zeroes(FaultKind::broken_page, "the page is all zeroes");
    return Entry::broken;
  }
  const char* what = nullptr;
  if (page.magic != first_.page.magic || page.is_long() || !page.is_sound()) {
    what = "the page has an impossible header";
  } else if (page.address != begin_ + at_) {
    what = "the page is another one by its own address";
  } else if (page.timeline < page_timeline_ || !is_timeline_of(page.timeline, page.address, expected_)) {
    what = "the page was written on a timeline that does not lead here";
  }
  if (what != nullptr) {
    stop(FaultKind::broken_page, at_, what);
    return Entry::broken;
  }
  page_timeline_ = page.timeline;
  const bool given_up = rest_bytes != 0 && page.overwrites();
  if (page.rest_bytes != rest_bytes && !given_up) {
    stop(FaultKind::broken_record, rest_bytes != 0 ? record_at_ : at_,
         rest_bytes != 0 ? fmt::format("the record does not go on at {} as its length says", lsn(at_).text())
                         : std::string("the page begins inside a record that does not exist"));
    return Entry::broken;
  }
  if (rest_bytes == 0 && page.overwrites()) {
    stop(FaultKind::broken_page, at_, "the page gives up a record that does not exist");
    return Entry::broken;
  }
  page_end_ = at_ + page_bytes_;
  at_ += PageHeader::short_bytes;
  return given_up ? Entry::given_up : Entry::good;
}

bool Walk::take_record() {
  if (at_ % page_bytes_ == 0 && enter_page(0) != Entry::good) return false;
  record_at_ = at_;
  const char* record = bytes_.data() + at_;
  const auto total = load<std::uint32_t>(record);
  if (total == 0) return stop_at_zeroes(FaultKind::broken_record, "there are zeroes instead of a record");
  if (total < RecordHeader::bytes) {
    return stop(FaultKind::broken_record, at_, fmt::format("a record of {} bytes cannot be", total));
  }
  if (total > page_end_ - at_) return take_split(total);
  const RecordHeader header(record);
  const std::uint32_t data_crc =
      core::crc32c_add(core::crc32c_start, record + RecordHeader::bytes, total - RecordHeader::bytes);
  if (!is_sound(header, crc_of(data_crc, record))) return false;
  at_ = aligned(at_ + total);
  return take_whole(header, {record, total});
}

// A record that goes on over one or more pages, and perhaps out of the segment.
bool Walk::take_split(std::uint32_t total_bytes) {
  Pieces pieces;
  while (pieces.count < total_bytes) {
    if (at_ == bytes_.size()) return leave_open(pieces, total_bytes);
    if (at_ % page_bytes_ == 0) {
      const Entry entry = enter_page(total_bytes - pieces.count);
      if (entry == Entry::broken) return false;
      if (entry == Entry::given_up) return true;
    }
    const auto length =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(total_bytes - pieces.count, page_end_ - at_));
    pieces.add(bytes_.data() + at_, length, RecordHeader::bytes);
    at_ += length;
  }
  const RecordHeader header(pieces.first.data());
  if (!is_sound(header, crc_of(pieces.crc, pieces.first.data()))) return false;
  at_ = aligned(at_);
  return take_whole(header, pieces.kept());
}

bool Walk::is_sound(const RecordHeader& header, std::uint32_t crc) {
  if (crc != header.crc) return stop(FaultKind::broken_record, record_at_, "a record's checksum is wrong");
  return is_in_place(header);
}

bool Walk::is_in_place(const RecordHeader& header) {
  const Lsn here = lsn(record_at_);
  const bool follows = last_ ? header.prev == last_->value : header.prev < here.value;
  if (!follows) {
    return stop(FaultKind::broken_record, record_at_,
                fmt::format("a record says that it follows the one at {}, which it does not",
                            Lsn{header.prev}.text()));
  }
  if (!is_known_manager(header.manager)) {
    return stop(FaultKind::broken_record, record_at_,
                fmt::format("a record is of resource manager {}, which does not exist", header.manager));
  }
  if (!report_.head.first_record) {
    report_.head.first_record = here;
    report_.head.first_prev = Lsn{header.prev};
  }
  return true;
}

// `at_` stands behind the record. False when nothing can follow it.
bool Walk::take_whole(const RecordHeader& header, std::string_view kept) {
  const Lsn here = lsn(record_at_);
  last_ = here;
  ++report_.records;
  report_.end = lsn(at_);
  if (header.is_transaction()) {
    if (auto commit = read_commit(kept, here)) {
      ++report_.commit_count;
      if (!report_.first_commit) report_.first_commit = commit;
      if (expected_.list_commits) report_.commits.push_back(*commit);
      last_commit_ = commit;
    }
  }
  report_.creates_tablespace = report_.creates_tablespace || header.creates_tablespace();
  report_.switched = header.is_switch();
  return !report_.switched;
}

// The segment ends inside the record.
bool Walk::leave_open(const Pieces& pieces, std::uint32_t total_bytes) {
  if (pieces.count >= RecordHeader::bytes) {
    const RecordHeader header(pieces.first.data());
    if (!is_in_place(header)) return false;
    report_.creates_tablespace = report_.creates_tablespace || header.creates_tablespace();
  }
  if (!report_.head.first_record) report_.head.first_record = lsn(record_at_);
  Tail& tail = report_.tail;
  tail.open_record = lsn(record_at_);
  tail.open_bytes = total_bytes;
  tail.open_done = pieces.count;
  tail.open_first_bytes = pieces.kept();
  tail.open_crc = pieces.crc;
  return false;
}

// A segment that nothing more was written to and one that lost a page in its middle both go on with zeroes;
// what stands behind them tells which it is.
bool Walk::stop_at_zeroes(FaultKind kind, const char* what) {
  if (!all_zero(bytes_.substr(at_))) return stop(kind, at_, what);
  return stop(FaultKind::ended_early, at_,
              fmt::format("the WAL stops {} bytes before the segment's end, and no switch of WAL says why",
                          bytes_.size() - at_));
}

bool Walk::stop(FaultKind kind, std::uint64_t offset, std::string what) {
  report_.ended_early = kind == FaultKind::ended_early || expected_.may_end_early;
  if (!expected_.may_end_early) report_.fault = Fault{kind, offset, lsn(offset), std::move(what)};
  return false;
}

}  // namespace outrider::wal
