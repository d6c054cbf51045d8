#include "agent/recovery/chain/chain.hpp"

#include "agent/recovery/chain/gaps.hpp"
#include "agent/recovery/chain/index.hpp"
#include "agent/recovery/chain/sets.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

class Walk {
 public:
  explicit Walk(const ChainView& view) : view_(view), index_(index_of(view.listing, view.segment_bytes)) {
    report_.segment_bytes = index_.segment_bytes;
    report_.segment_bytes_known = index_.segment_bytes_known;
    report_.notes = std::move(index_.notes);
    if (view.history)
      report_.history = *view.history;
    else
      report_.history = wal::lone_timeline(index_.newest_timeline());
    report_.history_known = view.history.has_value() || report_.history.timeline == 1;
  }

  ChainReport run() {
    for (const auto& set : view_.listing.sets) {
      report_.sets.push_back(look_at_set(view_.listing, set, report_));
    }
    if (view_.listing.archives_wal) {
      const auto way = way_of(index_, report_.history);
      if (const auto start = start_of(way)) find_gaps(view_, way, *start, report_);
      look_at_histories();
      look_at_branches();
    }
    for (std::size_t i = 0; i < report_.sets.size(); ++i) {
      follow_set(view_.listing, view_.listing.sets[i], index_, report_, report_.sets[i]);
      if (leads_further(report_.sets[i])) report_.newest = i;
    }
    if (report_.newest) report_.listed = report_.sets[*report_.newest].to;
    return std::move(report_);
  }

 private:
  // What is older than the oldest set may be gone: nobody needs it.
  std::optional<std::uint64_t> start_of(const std::vector<WayFile>& way) const {
    std::optional<std::uint64_t> start;
    for (const SetReach& set : report_.sets) {
      if (set.first && set.on_branch) start = std::min(start.value_or(set.first->number), set.first->number);
    }
    if (!start && !way.empty()) start = way.front().id.number;
    return start;
  }

  bool leads_further(const SetReach& set) const {
    if (set.restorable != Answer::yes || !set.on_branch || !set.to) return false;
    return !report_.newest || report_.sets[*report_.newest].to->lsn <= set.to->lsn;
  }

  // A recovery to the latest timeline tries one number after the other, and stops at the first without a
  // history file. A number that is not on the way may be missing all the same: it may never have been.
  void look_at_histories() {
    std::uint32_t oldest = report_.history.timeline;
    for (const SetReach& set : report_.sets) {
      if (set.first) oldest = std::min(oldest, set.first->timeline);
    }
    for (std::uint32_t timeline = oldest + 1; timeline <= report_.history.timeline; ++timeline) {
      if (index_.histories.contains(timeline)) continue;
      if (report_.history.includes(timeline))
        miss_history(timeline);
      else if (report_.notes.size() < 50) {
        report_.notes.push_back(
            fmt::format("timeline {} is not on the way and has no history file: a recovery to "
                        "the latest timeline stops there, so name timeline {} instead",
                        timeline, report_.history.timeline));
      }
    }
  }

  void miss_history(std::uint32_t timeline) {
    const Hole hole = remembered(view_, {timeline, Hole::history_file});
    const std::string name = wal::history_name(timeline);
    report_.holes.push_back(hole);
    switch (state_of_hole(view_, hole)) {
      case LinkState::lost:
        report_.troubles.push_back(
            fmt::format("{} is missing: a recovery cannot find its way onto timeline {}", name, timeline));
        break;
      case LinkState::delayed: report_.notes.push_back(fmt::format("{} is not archived yet", name)); break;
      default: report_.notes.push_back(fmt::format("{} could not be looked for", name)); break;
    }
  }

  void look_at_branches() {
    if (!report_.history_known) return;
    for (const auto& [timeline, files] : index_.timelines) {
      if (timeline > report_.history.timeline) {
        report_.troubles.push_back(
            fmt::format("the archive holds timeline {} ({} and on), newer than the server's timeline {}: "
                        "another server archives here",
                        timeline, view_.listing.wal[files.front().file].name, report_.history.timeline));
      } else if (!report_.history.includes(timeline)) {
        report_.notes.push_back(fmt::format("timeline {} is a branch that does not lead to timeline {}",
                                            timeline, report_.history.timeline));
      } else if (const auto left = report_.history.end_of(timeline)) {
        look_at_rest(timeline, *left, files);
      }
    }
  }

  // An old primary that wrote on after its timeline was left.
  void look_at_rest(std::uint32_t timeline, wal::Lsn left, const std::vector<IndexedFile>& files) {
    const std::uint64_t number = wal::number_of(left, report_.segment_bytes);
    const auto first = std::ranges::upper_bound(files, number, {}, &IndexedFile::number);
    if (first == files.end()) return;
    report_.notes.push_back(fmt::format(
        "timeline {} was left at {} and goes on for {} more segments from {} on: an old primary wrote them",
        timeline, left.text(), files.end() - first, view_.listing.wal[first->file].name));
  }

  const ChainView& view_;
  Index index_;
  ChainReport report_;
};

}  // namespace

std::string_view name_of(LinkState state) {
  switch (state) {
    case LinkState::found: return "found";
    case LinkState::delayed: return "delayed";
    case LinkState::lost: return "lost";
    case LinkState::wrong_size: return "wrong size";
    case LinkState::ambiguous: return "ambiguous";
    case LinkState::unknown: return "unknown";
  }
  return "unknown";
}

ChainReport walk_chain(const ChainView& view) { return Walk(view).run(); }

}  // namespace outrider::recovery
