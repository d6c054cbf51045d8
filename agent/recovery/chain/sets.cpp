#include "agent/recovery/chain/sets.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

// The first of the set's references that cannot be relied on.
std::optional<std::string> bad_reference(const catalogs::Listing& listing, const catalogs::BackupSet& set) {
  for (const std::string& label : set.references) {
    const auto found = std::ranges::find(listing.sets, label, &catalogs::BackupSet::label);
    if (found == listing.sets.end()) return fmt::format("it needs {}, which is not there", label);
    if (!found->complete) return fmt::format("it needs {}, which is not complete", label);
  }
  return std::nullopt;
}

std::optional<std::string> trouble_of(const catalogs::Listing& listing, const catalogs::BackupSet& set) {
  if (!set.complete) return set.trouble.empty() ? "it is not complete" : "it is not complete: " + set.trouble;
  if (set.damaged) return "the tool that made it found damage in it";
  return bad_reference(listing, set);
}

bool is_on_branch(const wal::TimelineHistory& history, const catalogs::BackupSet& set, wal::SegmentId first,
                  std::uint64_t segment_bytes) {
  if (!history.includes(first.timeline)) return false;
  const auto left = history.end_of(first.timeline);
  if (!left) return true;
  if (set.stop_lsn) return *set.stop_lsn <= *left;
  return first.begin(segment_bytes) < *left;
}

// Where an unbroken run of numbers that begins at `at` ends; `at` itself when it stands alone.
template <class Iterator, class Number>
Iterator end_of_run(Iterator at, Iterator end, Number number) {
  // The run's members have number - index in common, so its end can be searched for.
  const auto base = number(*at);
  Iterator low = at;
  for (auto left = end - at; left > 1;) {
    const auto half = left / 2;
    if (number(low[half]) - base == static_cast<std::uint64_t>(low + half - at)) {
      low += half;
      left -= half;
    } else {
      left = half;
    }
  }
  return low;
}

void arrive(const catalogs::Listing& listing, const ChainReport& report, wal::SegmentId last,
            std::size_t file, SetReach& reach) {
  reach.last = last;
  reach.wal_segments = last.number - reach.first->number + 1;
  reach.to = Reach{last.end(report.segment_bytes), listing.wal[file].name, listing.wal[file].stored};
}

// Its own timeline, that nothing leads away from.
void follow_alone(const catalogs::Listing& listing, const Index& index, const ChainReport& report,
                  SetReach& reach) {
  const auto files = index.timelines.find(reach.first->timeline);
  if (files == index.timelines.end()) return;
  const auto at = std::ranges::lower_bound(files->second, reach.first->number, {}, &IndexedFile::number);
  if (at == files->second.end() || at->number != reach.first->number || at->state != LinkState::found) return;
  auto last = at;
  while (last + 1 != files->second.end() && (last + 1)->number == last->number + 1 &&
         (last + 1)->state == LinkState::found) {
    ++last;
  }
  arrive(listing, report, {reach.first->timeline, last->number}, last->file, reach);
}

void follow_path(const catalogs::Listing& listing, const ChainReport& report, SetReach& reach) {
  const auto number = [](const PathLink& link) { return link.id.number; };
  const auto at = std::ranges::lower_bound(report.path, reach.first->number, {}, number);
  std::uint64_t missing = reach.first->number;
  if (at != report.path.end() && at->id.number == missing) {
    const auto last = end_of_run(at, report.path.end(), number);
    arrive(listing, report, last->id, last->file, reach);
    missing = last->id.number + 1;
  }
  const auto gap = std::ranges::find_if(report.gaps, [&](const Gap& one) { return one.holds(missing); });
  if (gap != report.gaps.end()) reach.stopped_by = static_cast<std::size_t>(gap - report.gaps.begin());
}

}  // namespace

SetReach look_at_set(const catalogs::Listing& listing, const catalogs::BackupSet& set,
                     const ChainReport& report) {
  SetReach reach;
  reach.label = set.label;
  if (auto trouble = trouble_of(listing, set)) {
    reach.restorable = Answer::no;
    reach.why = std::move(*trouble);
  }
  if (!catalogs::rolls_forward(set.kind) || !listing.archives_wal) return reach;
  std::uint32_t timeline = report.history.timeline;
  if (set.start_lsn) timeline = report.history.at(*set.start_lsn);
  reach.first = segment_of(set.first_wal, set.start_lsn, timeline, report.segment_bytes);
  if (reach.first) reach.on_branch = is_on_branch(report.history, set, *reach.first, report.segment_bytes);
  return reach;
}

void follow_set(const catalogs::Listing& listing, const catalogs::BackupSet& set, const Index& index,
                const ChainReport& report, SetReach& reach) {
  const bool rolls_forward = catalogs::rolls_forward(set.kind) && listing.archives_wal;
  if (!rolls_forward) {
    if (reach.why.empty()) reach.restorable = Answer::yes;
    return;
  }
  if (!reach.first) {
    if (reach.why.empty()) reach.why = "where its WAL begins is not known";
    return;
  }
  if (reach.on_branch) {
    follow_path(listing, report, reach);
  } else {
    follow_alone(listing, index, report, reach);
  }
  if (!reach.why.empty()) return;
  const auto last = segment_of(set.last_wal, set.stop_lsn, reach.first->timeline, report.segment_bytes);
  const std::uint64_t needed = last ? last->number : reach.first->number;
  if (reach.last && reach.last->number >= needed) {
    reach.restorable = last ? Answer::yes : Answer::unknown;
    if (!last) reach.why = "where its own WAL ends is not known";
    return;
  }
  const Gap* gap = reach.stopped_by ? &report.gaps[*reach.stopped_by] : nullptr;
  const bool may_come =
      gap != nullptr && (gap->state == LinkState::delayed || gap->state == LinkState::unknown);
  reach.restorable = may_come || !listing.troubles.empty() ? Answer::unknown : Answer::no;
  reach.why = "it cannot become consistent: ";
  reach.why +=
      gap != nullptr ? gap->what : fmt::format("its WAL up to {} is not in the archive", set.last_wal);
}

}  // namespace outrider::recovery
