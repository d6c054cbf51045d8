#include "agent/wal/names.hpp"

#include <bit>

#include <fmt/format.h>

namespace outrider::wal {
namespace {

constexpr std::size_t segment_name_length = 24;

// Eight upper-case hexadecimal digits, as PostgreSQL writes them and as it compares them.
std::optional<std::uint32_t> read_word(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char digit : digits) {
    if (digit >= '0' && digit <= '9') {
      value = value * 16 + static_cast<std::uint32_t>(digit - '0');
    } else if (digit >= 'A' && digit <= 'F') {
      value = value * 16 + static_cast<std::uint32_t>(digit - 'A' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

std::optional<ArchiveName> read_history_name(std::string_view name) {
  const auto timeline = read_word(name.substr(0, 8));
  if (!timeline || *timeline == 0) return std::nullopt;
  ArchiveName result;
  result.kind = NameKind::history;
  result.timeline = *timeline;
  return result;
}

}  // namespace

bool is_segment_size(std::uint64_t bytes) {
  return std::has_single_bit(bytes) && bytes >= least_segment_bytes && bytes <= most_segment_bytes;
}

std::optional<ArchiveName> read_name(std::string_view name) {
  if (name.size() == 16 && name.ends_with(".history")) return read_history_name(name);
  if (name.size() < segment_name_length) return std::nullopt;
  const auto timeline = read_word(name.substr(0, 8));
  const auto log = read_word(name.substr(8, 8));
  const auto part = read_word(name.substr(16, 8));
  if (!timeline || !log || !part || *timeline == 0) return std::nullopt;

  ArchiveName result{NameKind::segment, *timeline, *log, *part, 0};
  const std::string_view rest = name.substr(segment_name_length);
  if (rest.empty()) return result;
  if (rest == ".partial") {
    result.kind = NameKind::partial;
    return result;
  }
  if (rest.size() == 16 && rest.starts_with('.') && rest.ends_with(".backup")) {
    const auto offset = read_word(rest.substr(1, 8));
    if (!offset) return std::nullopt;
    result.kind = NameKind::backup;
    result.offset = *offset;
    return result;
  }
  return std::nullopt;
}

std::optional<SegmentId> place(const ArchiveName& name, std::uint64_t segment_bytes) {
  const std::uint64_t parts = (1ULL << 32) / segment_bytes;
  if (name.kind == NameKind::history || name.part >= parts) return std::nullopt;
  return SegmentId{name.timeline, name.log * parts + name.part};
}

std::string segment_name(SegmentId id, std::uint64_t segment_bytes) {
  const std::uint64_t parts = (1ULL << 32) / segment_bytes;
  return fmt::format("{:08X}{:08X}{:08X}", id.timeline, id.number / parts, id.number % parts);
}

std::string history_name(std::uint32_t timeline) { return fmt::format("{:08X}.history", timeline); }

}  // namespace outrider::wal
