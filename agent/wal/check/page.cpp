#include "agent/wal/check/page.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace outrider::wal {
namespace {

struct Magic {
  std::uint16_t number;
  int version;
};

constexpr Magic magics[] = {{0xD093, 96}, {0xD097, 10}, {0xD098, 11}, {0xD101, 12}, {0xD106, 13},
                            {0xD10D, 14}, {0xD110, 15}, {0xD113, 16}, {0xD116, 17}, {0xD118, 18}};
constexpr std::uint16_t last_of_the_series = 0xD1FF;

Fault fault_of(FaultKind kind, const Expected& expected, std::string what) {
  return Fault{kind, 0, expected.id.begin(expected.segment_bytes), std::move(what)};
}

bool is_page_size(std::uint32_t bytes) {
  return std::has_single_bit(bytes) && bytes >= 1024 && bytes <= 65536;
}

std::string sizes(std::uint64_t is, std::uint64_t should_be) {
  if (is == 0) return "it is empty";
  return fmt::format("it has {} bytes where a segment has {}", is, should_be);
}

// Of a first page with another address: is the page wrong, or the whole file another one than its name says?
Fault displaced(std::string_view bytes, const LongHeader& first, const Expected& expected) {
  const Lsn begin = expected.id.begin(expected.segment_bytes);
  const bool whole = first.page.address % expected.segment_bytes == 0;
  const PageHeader second(bytes.data() + first.page_bytes);
  if (!whole || second.address == begin.value + first.page_bytes) {
    return fault_of(FaultKind::broken_page, expected,
                    fmt::format("its first page says that it stands at {}", Lsn{first.page.address}.text()));
  }
  const SegmentId really{first.page.timeline, first.page.address / expected.segment_bytes};
  return fault_of(FaultKind::swapped, expected,
                  fmt::format("it holds segment {}", segment_name(really, expected.segment_bytes)));
}

std::optional<Fault> check_cluster(std::string_view bytes, const LongHeader& first,
                                   const Expected& expected) {
  if (expected.system_id && first.system_id != *expected.system_id) {
    return fault_of(
        FaultKind::wrong_system, expected,
        fmt::format("it was written by cluster {}, not by {}", first.system_id, *expected.system_id));
  }
  if (first.segment_bytes != expected.segment_bytes && is_segment_size(first.segment_bytes)) {
    return fault_of(
        FaultKind::wrong_size, expected,
        fmt::format("its cluster has segments of {}, not of {}", core::show_bytes(first.segment_bytes),
                    core::show_bytes(expected.segment_bytes)));
  }
  if (first.segment_bytes != expected.segment_bytes || !is_page_size(first.page_bytes)) {
    return fault_of(FaultKind::broken_page, expected, "its first page names impossible sizes");
  }
  if (bytes.size() != expected.segment_bytes) {
    return fault_of(FaultKind::wrong_size, expected, sizes(bytes.size(), expected.segment_bytes));
  }
  return std::nullopt;
}

}  // namespace

std::optional<int> server_version(std::uint16_t magic) {
  const auto* known = std::ranges::find(magics, magic, &Magic::number);
  if (known != std::end(magics)) return known->version;
  if (magic > std::end(magics)[-1].number && magic <= last_of_the_series) return 0;
  return std::nullopt;
}

bool is_timeline_of(std::uint32_t timeline, std::uint64_t address, const Expected& expected) {
  if (timeline == 0 || timeline > expected.id.timeline) return false;
  if (expected.history == nullptr) return true;
  return timeline == std::min(expected.history->at(Lsn{address}), expected.id.timeline);
}

std::optional<Fault> check_first_page(std::string_view bytes, const Expected& expected) {
  if (bytes.size() < PageHeader::long_bytes) {
    return fault_of(FaultKind::wrong_size, expected, sizes(bytes.size(), expected.segment_bytes));
  }
  const LongHeader first(bytes.data());
  if (!server_version(first.page.magic)) {
    const bool empty =
        std::ranges::all_of(bytes.substr(0, PageHeader::long_bytes), [](char byte) { return byte == 0; });
    std::string what = empty ? std::string("its first page is all zeroes")
                             : fmt::format("it does not begin as WAL does ({:#06x})", first.page.magic);
    return fault_of(FaultKind::not_wal, expected, std::move(what));
  }
  if (!first.page.is_long() || !first.page.is_sound()) {
    return fault_of(FaultKind::broken_page, expected, "its first page has an impossible header");
  }
  if (auto fault = check_cluster(bytes, first, expected)) return fault;
  const Lsn begin = expected.id.begin(expected.segment_bytes);
  if (first.page.address != begin.value) return displaced(bytes, first, expected);
  if (!is_timeline_of(first.page.timeline, begin.value, expected)) {
    return fault_of(
        FaultKind::wrong_timeline, expected,
        fmt::format("it was written on timeline {}, which does not lead here", first.page.timeline));
  }
  return std::nullopt;
}

}  // namespace outrider::wal
