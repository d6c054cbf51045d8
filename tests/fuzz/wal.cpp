// What lies in a WAL archive: names, histories, segments, and what they are packed in.
#include "agent/wal/check/segment.hpp"
#include "agent/wal/inflate/inflate.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

constexpr std::uint64_t segment_bytes = wal::least_segment_bytes;

void check_name(std::string_view text) {
  if (const auto lsn = wal::parse_lsn(text)) {
    must(wal::parse_lsn(lsn->text()) == lsn, "an LSN's text reads back as the same LSN");
  }
  const auto name = wal::read_name(text);
  if (!name || name->kind != wal::NameKind::segment) return;
  if (const auto id = wal::place(*name, segment_bytes)) {
    must(wal::segment_name(*id, segment_bytes) == text, "a segment's place has the name that it came from");
  }
}

void check_history(std::string_view text, wal::TimelineHistory& history) {
  const auto read = wal::read_history(9, text);
  if (!read) return;
  history = *read;
  must(history.includes(9), "a history leads to its own timeline");
  for (const wal::TimelineSwitch& change : history.switches) {
    must(history.end_of(change.timeline).has_value(), "a timeline that was left has an end");
  }
}

void check_segment(std::string_view bytes, const wal::TimelineHistory& history, bool early) {
  std::string segment(bytes);
  segment.resize(segment_bytes);
  wal::Expected expected;
  expected.id = {9, 3};
  expected.segment_bytes = segment_bytes;
  expected.history = &history;
  expected.may_end_early = early;
  expected.list_commits = true;
  const wal::SegmentReport report = wal::check_segment(segment, expected);
  must(!report.fault || report.fault->offset <= segment_bytes, "a fault is inside its segment");
  must(report.end.value <= expected.id.end(segment_bytes).value, "no whole record ends behind its segment");
  must(report.commits.size() == report.commit_count, "the commits that are counted are listed");
}

}  // namespace

void wal(std::string_view bytes) {
  const bool early = take_choice(bytes, 2) == 1;
  check_name(take_text(bytes));
  wal::TimelineHistory history = wal::lone_timeline(9);
  check_history(take_text(bytes), history);
  check_segment(bytes, history, early);
  const auto plain = wal::inflate(std::string(bytes), segment_bytes);
  must(!plain || plain->size() <= segment_bytes, "what is unpacked keeps to its limit");
}

}  // namespace outrider::fuzz
