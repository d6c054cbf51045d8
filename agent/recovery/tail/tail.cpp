#include "agent/recovery/tail/tail.hpp"

#include "agent/wal/names.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Outcome;

class Count {
 public:
  explicit Count(wal::Lsn reached) : reached_(reached) {}

  // False when nothing that follows belongs to this log any more.
  bool take(std::string_view bytes, wal::SegmentId id, std::uint64_t segment_bytes) {
    wal::Expected expected;
    expected.id = id;
    expected.segment_bytes = segment_bytes;
    expected.may_end_early = true;
    expected.list_commits = true;
    const wal::SegmentReport report = wal::check_segment(bytes, expected);
    // A segment that waits to be written still has the content of an older one.
    if (report.fault && report.records == 0) return false;
    wal::Tail tail = report.tail;
    if (before_) {
      const wal::Joint joint = wal::join(*before_, report.head, report.tail, id.begin(segment_bytes));
      if (joint.fault) return false;
      if (joint.commit) note(*joint.commit);
      tail = joint.tail;
    }
    for (const wal::Commit& commit : report.commits) note(commit);
    tail_.end = std::max(tail_.end, report.end);
    before_ = std::move(tail);
    return !report.fault && !report.ended_early;
  }

  LostTail result() const { return tail_; }

 private:
  void note(const wal::Commit& commit) {
    if (commit.lsn < reached_) return;
    if (!tail_.first) tail_.first = commit;
    ++tail_.commits;
  }

  wal::Lsn reached_;
  LostTail tail_;
  std::optional<wal::Tail> before_;
};

}  // namespace

Outcome<LostTail> count_tail(os::Files& files, const std::string& folder, wal::Lsn reached) {
  const auto names = files.list(folder);
  if (!names) return core::fail("cannot count what would be lost", names.error());
  std::uint64_t segment_bytes = 0;
  std::map<std::uint64_t, std::pair<wal::SegmentId, std::string>>
      segments;  // of each place the newest timeline's
  for (const std::string& name : *names) {
    const auto read = wal::read_name(name);
    if (!read || read->kind != wal::NameKind::segment) continue;
    if (segment_bytes == 0) segment_bytes = files.size_of(folder + "/" + name).value_or(0);
    if (!wal::is_segment_size(segment_bytes)) continue;
    const auto id = wal::place(*read, segment_bytes);
    if (id) segments[id->number] = {*id, name};  // names are sorted by timeline
  }
  if (segments.empty()) return core::fail(Errc::not_found, "there is no WAL in " + folder);
  const std::uint64_t first = wal::number_of(reached, segment_bytes);
  auto at = segments.find(first);
  if (at == segments.end()) {
    if (segments.rbegin()->first < first) return LostTail{};  // all of it was replayed
    return core::fail(Errc::not_found,
                      fmt::format("WAL from {} on is not in {} any more", reached.text(), folder));
  }
  Count count(reached);
  for (std::uint64_t number = first; at != segments.end() && at->first == number; ++at, ++number) {
    const auto bytes = files.read_all(folder + "/" + at->second.second, segment_bytes);
    if (!bytes) return core::fail("cannot count what would be lost", bytes.error());
    if (!count.take(*bytes, at->second.first, segment_bytes)) break;
  }
  return count.result();
}

}  // namespace outrider::recovery
