#include "agent/recovery/chain/book/ledger.hpp"

#include "agent/recovery/chain/book/evidence.hpp"

#include <algorithm>

namespace outrider::recovery {
namespace {

constexpr std::size_t most_broken = 1000;

auto place_of(const SoundRange& range) { return wal::SegmentId{range.timeline, range.first}; }

// The part of a range that is still what was read, cut where a file changed.
void keep_unchanged(const SoundRange& range, const catalogs::Listing& listing, const ChainReport& chain,
                    std::vector<SoundRange>& kept) {
  auto link = std::ranges::lower_bound(chain.path, range.first, {},
                                       [](const PathLink& one) { return one.id.number; });
  SoundRange* open = nullptr;
  for (std::size_t i = 0; i < range.prints.size(); ++i) {
    const wal::SegmentId id{range.timeline, range.first + i};
    while (link != chain.path.end() && link->id.number < id.number) ++link;
    const bool same =
        link != chain.path.end() && link->id == id && print_of(listing.wal[link->file]) == range.prints[i];
    if (!same) {
      open = nullptr;
      continue;
    }
    if (open == nullptr) {
      SoundRange part;
      part.timeline = range.timeline;
      part.first = id.number;
      part.read_first = range.read_first;
      part.read_last = range.read_last;
      if (i == 0) part.head = range.head;
      kept.push_back(std::move(part));
      open = &kept.back();
    }
    open->prints.push_back(range.prints[i]);
    if (i + 1 == range.prints.size()) open->tail = range.tail;
  }
}

}  // namespace

bool Ledger::refresh(const catalogs::Listing& listing, const ChainReport& chain, std::uint64_t archive) {
  Memory before = std::move(memory_);
  memory_ = Memory{};
  memory_.archive = archive;
  memory_.segment_bytes = chain.segment_bytes;
  if (before.archive != archive || before.segment_bytes != chain.segment_bytes) return true;
  for (const SoundRange& range : before.ranges) keep_unchanged(range, listing, chain, memory_.ranges);
  for (const BrokenSegment& broken : before.broken) {
    const auto link = std::ranges::lower_bound(chain.path, broken.id.number, {},
                                               [](const PathLink& one) { return one.id.number; });
    const bool same = link != chain.path.end() && link->id == broken.id &&
                      print_of(listing.wal[link->file]) == broken.print;
    if (same) memory_.broken.push_back(broken);
  }
  return !(memory_ == before);
}

std::vector<std::size_t> Ledger::plan(const ChainReport& chain, std::size_t most,
                                      const std::set<wal::SegmentId>& last) const {
  const auto states = states_of(chain, memory_);
  std::vector<std::size_t> plan, later;
  const auto take = [&](std::size_t index) {
    auto& list = last.contains(chain.path[index].id) ? later : plan;
    if (list.size() < most) list.push_back(index);
  };
  const auto follows = [&](std::size_t i) {
    return i > 0 && chain.path[i - 1].id.number + 1 == chain.path[i].id.number;
  };
  for (std::size_t i = 0; i < chain.path.size(); ++i) {
    const SoundRange* range = states[i].range;
    if (range == nullptr) continue;
    const bool begins = follows(i) && states[i - 1].range != nullptr && states[i - 1].range != range;
    const bool ends = i + 1 == chain.path.size() || states[i + 1].range != range;
    if ((begins && !range->head) || (ends && !range->tail)) take(i);
  }
  for (std::size_t i = chain.path.size(); i-- > 0 && plan.size() < most;) {
    if (states[i].range == nullptr && states[i].broken == nullptr) take(i);
  }
  plan.insert(plan.end(), later.begin(), later.end());
  plan.resize(std::min(plan.size(), most));
  return plan;
}

void Ledger::note_sound(wal::SegmentId id, std::uint32_t print, const wal::SegmentReport& report,
                        core::WallTime now) {
  const auto known = range_at(id);
  if (known != memory_.ranges.end()) {
    fill_border(known, id, report);
    return;
  }
  SoundRange range;
  range.timeline = id.timeline;
  range.first = id.number;
  range.prints = {print};
  range.head = report.head;
  range.tail = report.tail;
  range.read_first = range.read_last = now;
  insert(std::move(range));
}

void Ledger::note_broken(wal::SegmentId id, std::uint32_t print, const wal::Fault& fault) {
  const auto known = range_at(id);
  if (known != memory_.ranges.end()) take_out(known, id);
  if (memory_.broken.size() == most_broken) return;
  memory_.broken.push_back({id, print, fault.kind, fault.offset, fault.lsn, fault.what});
}

VerifierReport Ledger::report(const ChainReport& chain) const { return weigh(chain, memory_); }

Ledger::Ranges::iterator Ledger::range_at(wal::SegmentId id) {
  const auto after = std::ranges::upper_bound(memory_.ranges, id, {}, place_of);
  if (after == memory_.ranges.begin()) return memory_.ranges.end();
  const auto range = after - 1;
  return range->timeline == id.timeline && id.number < range->end() ? range : memory_.ranges.end();
}

// A range was cut here, and its end was read again for the sake of its neighbour.
void Ledger::fill_border(Ranges::iterator range, wal::SegmentId id, const wal::SegmentReport& report) {
  if (range->prints.size() > 1 && wal::is_inside_record(report.head)) {
    // Its tail means nothing by itself: it has to be joined anew.
    SoundRange single = *range;
    single.first = id.number;
    single.prints = {range->prints[id.number - range->first]};
    single.head = report.head;
    single.tail = report.tail;
    take_out(range, id);
    insert(std::move(single));
    return;
  }
  if (id.number == range->first) range->head = report.head;
  if (id.number + 1 == range->end()) range->tail = report.tail;
  merge_around(static_cast<std::size_t>(range - memory_.ranges.begin()));
}

void Ledger::take_out(Ranges::iterator range, wal::SegmentId id) {
  SoundRange right = *range;
  const auto place = static_cast<std::ptrdiff_t>(id.number - range->first);
  right.first = id.number + 1;
  right.prints.erase(right.prints.begin(), right.prints.begin() + place + 1);
  right.head.reset();
  range->prints.resize(static_cast<std::size_t>(place));
  range->tail.reset();
  auto next = range + 1;
  if (range->prints.empty()) next = memory_.ranges.erase(range);
  if (!right.prints.empty()) memory_.ranges.insert(next, std::move(right));
}

void Ledger::insert(SoundRange range) {
  const auto after = std::ranges::upper_bound(memory_.ranges, place_of(range), {}, place_of);
  const auto placed = memory_.ranges.insert(after, std::move(range));
  merge_around(static_cast<std::size_t>(placed - memory_.ranges.begin()));
}

void Ledger::merge_around(std::size_t index) {
  while (index > 0 && merge(index - 1)) --index;
  while (merge(index)) continue;
}

// The range at `left` with the one behind it, when they belong together and their joint is sound.
bool Ledger::merge(std::size_t left) {
  if (left + 1 >= memory_.ranges.size()) return false;
  SoundRange& first = memory_.ranges[left];
  SoundRange& second = memory_.ranges[left + 1];
  const bool adjacent = first.timeline == second.timeline && first.end() == second.first;
  if (!adjacent || !first.tail || !second.head || !second.tail) return false;
  // One without its head was cut from a larger one, where it was joined.
  if (first.head && wal::is_inside_record(*first.head)) return false;
  const wal::Joint joint =
      wal::join(*first.tail, *second.head, *second.tail, wal::Lsn{second.first * memory_.segment_bytes});
  if (joint.fault) return false;
  first.prints.insert(first.prints.end(), second.prints.begin(), second.prints.end());
  // What came through the joint is known to the tail of a longer range already.
  first.tail = second.prints.size() == 1 ? joint.tail : second.tail;
  first.read_first = std::min(first.read_first, second.read_first);
  first.read_last = std::max(first.read_last, second.read_last);
  memory_.ranges.erase(memory_.ranges.begin() + static_cast<std::ptrdiff_t>(left) + 1);
  return true;
}

}  // namespace outrider::recovery
