#include "agent/recovery/chain/gaps.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

std::string_view verb_of(LinkState state, bool one) {
  switch (state) {
    case LinkState::found: return one ? "is there" : "are there";
    case LinkState::delayed: return one ? "is not archived yet" : "are not archived yet";
    case LinkState::lost: return one ? "is missing" : "are missing";
    case LinkState::wrong_size:
      return one ? "does not have the size of a segment" : "do not have the size of a segment";
    case LinkState::ambiguous:
      return one ? "is stored twice, with different content" : "are stored twice, with different content";
    case LinkState::unknown: return "could not be looked for: the archive was not read whole";
  }
  return "";
}

class GapFinder {
 public:
  GapFinder(const ChainView& view, const std::vector<WayFile>& way, ChainReport& report)
      : view_(view), way_(way), report_(report) {}

  void run(std::uint64_t start) {
    std::uint64_t wanted = start;
    auto file = std::ranges::lower_bound(way_, start, {}, [](const WayFile& link) { return link.id.number; });
    for (; file != way_.end(); ++file) {
      if (file->id.number > wanted) add_hole(wanted, file->id.number - wanted, &*file);
      if (file->state == LinkState::found) {
        if (open_ != nullptr) open_->after = name_of(*file);
        open_ = nullptr;
        last_good_ = &*file;
        report_.path.push_back({file->id, file->file});
      } else {
        add_bad(*file);
      }
      wanted = file->id.number + 1;
    }
    if (view_.written) {
      const std::uint64_t complete = wal::number_of(*view_.written, report_.segment_bytes);
      if (complete > wanted) add_hole(wanted, complete - wanted, nullptr);
    }
    for (Gap& gap : report_.gaps) gap.what = sentence(gap);
  }

 private:
  void add_hole(std::uint64_t first, std::uint64_t count, const WayFile* next) {
    const wal::SegmentId id{report_.history.of_segment(first, report_.segment_bytes), first};
    Hole hole = remembered(view_, id);
    // What came later is there already: the hole is at least as old.
    const core::WallTime later = next != nullptr ? view_.listing.wal[next->file].stored : core::WallTime{};
    if (later != core::WallTime{}) hole.seen = std::min(hole.seen, later);
    report_.holes.push_back(hole);
    LinkState state = state_of_hole(view_, hole);
    const bool claimed = view_.claimed && id.end(report_.segment_bytes) <= *view_.claimed;
    if (state == LinkState::delayed && claimed) state = LinkState::lost;
    add(state, id, count, hole.seen);
  }

  void add_bad(const WayFile& file) {
    if (open_ != nullptr && open_->state == file.state && open_->holds(file.id.number - 1)) {
      ++open_->count;
      return;
    }
    add(file.state, file.id, 1, view_.listing.wal[file.file].stored);
  }

  void add(LinkState state, wal::SegmentId first, std::uint64_t count, core::WallTime since) {
    Gap gap;
    gap.state = state;
    gap.first = first;
    gap.count = count;
    gap.first_name = wal::segment_name(first, report_.segment_bytes);
    if (last_good_ != nullptr) gap.before = name_of(*last_good_);
    gap.since = since;
    report_.gaps.push_back(std::move(gap));
    open_ = &report_.gaps.back();
  }

  std::string name_of(const WayFile& file) const { return view_.listing.wal[file.file].name; }

  static std::string sentence(const Gap& gap) {
    const bool one = gap.count == 1;
    std::string text = one ? fmt::format("segment {} ", gap.first_name)
                           : fmt::format("{} segments from {} on ", gap.count, gap.first_name);
    text += verb_of(gap.state, one);
    if (!gap.before.empty() && !gap.after.empty()) {
      text += fmt::format(", between {} and {}", gap.before, gap.after);
    } else if (!gap.before.empty()) {
      text += fmt::format(", after {}", gap.before);
    } else if (!gap.after.empty()) {
      text += fmt::format(", before {}", gap.after);
    }
    return text;
  }

  const ChainView& view_;
  const std::vector<WayFile>& way_;
  ChainReport& report_;
  const WayFile* last_good_ = nullptr;
  Gap* open_ = nullptr;  // the last one, while no good segment followed it
};

}  // namespace

std::vector<WayFile> way_of(const Index& index, const wal::TimelineHistory& history) {
  std::vector<WayFile> way;
  const auto take = [&](std::uint32_t timeline) {
    const auto files = index.timelines.find(timeline);
    if (files == index.timelines.end()) return;
    const std::uint64_t bytes = index.segment_bytes;
    const auto begin = wal::number_of(history.begin_of(timeline).value_or(wal::Lsn{}), bytes);
    const auto end = history.end_of(timeline);
    auto file = std::ranges::lower_bound(files->second, begin, {}, &IndexedFile::number);
    for (; file != files->second.end() && (!end || file->number < wal::number_of(*end, bytes)); ++file) {
      way.push_back({{timeline, file->number}, file->file, file->state});
    }
  };
  for (const auto& left : history.switches) take(left.timeline);
  take(history.timeline);
  return way;
}

void find_gaps(const ChainView& view, const std::vector<WayFile>& way, std::uint64_t start,
               ChainReport& report) {
  GapFinder(view, way, report).run(start);
}

LinkState state_of_hole(const ChainView& view, const Hole& hole) {
  if (!view.listing.troubles.empty()) return LinkState::unknown;
  // A clock that was set back makes a hole young again, never one of the future.
  const core::Duration age = std::max(core::Duration{}, view.now - hole.seen);
  return age <= view.tolerance ? LinkState::delayed : LinkState::lost;
}

Hole remembered(const ChainView& view, wal::SegmentId first) {
  const auto known = std::ranges::find(view.holes, first, &Hole::first);
  if (known != view.holes.end()) return *known;
  return Hole{first, view.now};
}

}  // namespace outrider::recovery
