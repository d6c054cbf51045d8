#include "agent/recovery/fingerprint/judge.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;

std::string blocks_of(const ChunkId& id) {
  return fmt::format("blocks {} to {}", id.first, id.first + id.blocks - 1);
}

std::string difference(const Compared& one, const CompareView& view) {
  const std::string place = fmt::format("{}, {}", one.where, blocks_of(one.candidate.chunk.id));
  if (one.copy.broken) return fmt::format("{}: {}", place, one.copy.trouble);
  if (one.copy.absent) return fmt::format("{} is not in the copy, and was on the source", one.where);
  const auto span = bracket(one, view);
  if (!span) return place;
  const std::string when = fmt::format("on the source from {} to {}", span->from.text(), span->to.text());
  const std::uint64_t there = one.candidate.run.digest.rows,
                      here = one.copy.digest ? one.copy.digest->rows : 0;
  if (there != here) return fmt::format("{}: {} rows {}, {} in the copy", place, there, when, here);
  return fmt::format("{}: the same number of rows ({}) but another content than {}", place, here, when);
}

std::string plural(std::uint64_t number, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", number, number == 1 ? one : more);
}

void count(ContentFinding& finding, ChunkVerdict verdict, std::uint64_t bytes) {
  switch (verdict) {
    case ChunkVerdict::same:
      ++finding.same;
      finding.same_bytes += bytes;
      break;
    case ChunkVerdict::differs: ++finding.differing; break;
    case ChunkVerdict::busy: ++finding.busy; break;
    case ChunkVerdict::open:
    case ChunkVerdict::doubtful:
    case ChunkVerdict::unread: ++finding.unread; break;
  }
}

}  // namespace

std::optional<Bracket> bracket(const Compared& one, const CompareView& view) {
  const Run& run = one.candidate.run;
  if (run.timeline != view.timeline || view.reached < run.from) return std::nullopt;
  if (run.to && view.reached <= *run.to) {
    const auto found = view.under_way.find(*run.to);
    return Bracket{run.from, *run.to, found == view.under_way.end() ? UnderWay() : found->second};
  }
  const bool closed = view.closing && one.again && *one.again == run.digest &&
                      view.closing->timeline == run.timeline && view.reached <= view.closing->to;
  if (!closed) return std::nullopt;
  return Bracket{run.from, view.closing->to, view.closing->under_way};
}

ChunkVerdict judge_chunk(const Compared& one, const CompareView& view) {
  if (one.copy.broken) return ChunkVerdict::differs;
  const auto span = bracket(one, view);
  if (!span) {
    const bool changed = one.again && *one.again != one.candidate.run.digest;
    return changed ? ChunkVerdict::busy : ChunkVerdict::open;
  }
  if (!one.copy.digest && !one.copy.absent) return ChunkVerdict::unread;
  if (one.copy.digest == one.candidate.run.digest) return ChunkVerdict::same;
  const bool in_doubt = std::any_of(view.committed.begin(), view.committed.end(),
                                    [&](std::uint64_t id) { return span->under_way.has(id); });
  return in_doubt ? ChunkVerdict::doubtful : ChunkVerdict::differs;
}

UnderWay doubts(const std::vector<Compared>& all, const CompareView& view) {
  UnderWay asked;
  for (const auto& one : all) {
    if (judge_chunk(one, view) != ChunkVerdict::differs) continue;
    const auto span = bracket(one, view);
    if (span) asked.add(span->under_way);
  }
  return asked;
}

ContentVerdict judge_contents(const std::vector<Compared>& all, const CompareView& view,
                              ContentFinding& finding, const std::string& otherwise) {
  std::string wrong;
  for (const auto& one : all) {
    const ChunkVerdict verdict = judge_chunk(one, view);
    count(finding, verdict, one.candidate.chunk.bytes);
    if (verdict == ChunkVerdict::differs && wrong.empty()) wrong = difference(one, view);
  }
  if (finding.differing > 1)
    wrong += fmt::format("; and {}", plural(finding.differing - 1, "other range", "other ranges"));
  if (!wrong.empty()) return {Standing::not_ok, wrong};
  if (finding.same > 0) return {Standing::ok, show(finding)};
  if (!otherwise.empty()) return {Standing::unknown, otherwise};
  if (finding.busy > 0) return {Standing::unknown, "whatever could be compared was being written to"};
  return {Standing::unknown, "nothing could be compared"};
}

std::string show(const ContentFinding& finding) {
  std::string text = plural(finding.same, "range of tables", "ranges of tables");
  text += ", " + core::show_bytes(finding.same_bytes);
  if (finding.table_bytes > 0) {
    const double share = static_cast<double>(finding.same_bytes) / static_cast<double>(finding.table_bytes);
    text +=
        fmt::format(" of {} ({:.0f} %)", core::show_bytes(finding.table_bytes), 100 * std::min(share, 1.0));
  }
  text += finding.same == 1 ? ", is as on the source" : ", are as on the source";
  if (finding.busy > 0) text += fmt::format("; {} were being written to", finding.busy);
  if (finding.young > 0) text += fmt::format("; {} were hashed or written to too late for it", finding.young);
  if (finding.unread > 0) text += fmt::format("; {} could not be judged", finding.unread);
  if (finding.drills_for_all > 1) text += fmt::format("; all of it takes {} drills", finding.drills_for_all);
  if (finding.unreadable_tables > 0)
    text += "; " + plural(finding.unreadable_tables, "table", "tables") + " may not be read";
  return text;
}

}  // namespace outrider::recovery
