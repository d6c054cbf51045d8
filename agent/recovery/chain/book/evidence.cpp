#include "agent/recovery/chain/book/evidence.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

std::size_t find_link(const ChainReport& chain, std::uint64_t number) {
  const auto link =
      std::ranges::lower_bound(chain.path, number, {}, [](const PathLink& one) { return one.id.number; });
  return static_cast<std::size_t>(link - chain.path.begin());
}

class Weigher {
 public:
  Weigher(const ChainReport& chain, const Memory& memory)
      : chain_(chain), memory_(memory), states_(states_of(chain, memory)) {}

  VerifierReport weigh() {
    count();
    for (const SetReach& set : chain_.sets) {
      report_.sets.push_back(set.on_branch && set.first ? follow(*set.first) : std::nullopt);
    }
    if (chain_.newest) report_.checked = report_.sets[*chain_.newest];
    return std::move(report_);
  }

 private:
  void count() {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].broken != nullptr) {
        const BrokenSegment& broken = *states_[i].broken;
        add_broken(i, wal::Fault{broken.kind, broken.offset, broken.lsn, broken.what});
      } else if (states_[i].range != nullptr) {
        ++report_.verified;
        if (auto fault = joint_before(i, tail_before(i)).fault) add_broken(i, std::move(*fault));
      } else {
        ++report_.unverified;
      }
    }
  }

  void add_broken(std::size_t index, wal::Fault fault) {
    const wal::SegmentId id = chain_.path[index].id;
    std::string name = wal::segment_name(id, chain_.segment_bytes);
    fault.what = fmt::format("segment {} is broken at {} (byte {}): {}", name, fault.lsn.text(), fault.offset,
                             fault.what);
    report_.broken.push_back({id, std::move(name), std::move(fault)});
  }

  // Does the link begin a range that another one leads to?
  bool is_border(std::size_t index) const {
    return index > 0 && states_[index].range != nullptr && states_[index - 1].range != nullptr &&
           states_[index].range != states_[index - 1].range &&
           chain_.path[index - 1].id.number + 1 == chain_.path[index].id.number;
  }

  // A segment inside a record has a tail only together with those before it.
  std::optional<wal::Tail> tail_before(std::size_t index) const {
    if (!is_border(index)) return std::nullopt;
    const SoundRange& range = *states_[index - 1].range;
    if (!range.head || !wal::is_inside_record(*range.head)) return range.tail;
    const auto before = tail_before(index - 1);
    if (!before || !range.tail) return std::nullopt;
    return wal::join(*before, *range.head, *range.tail, {}).tail;
  }

  wal::Joint joint_before(std::size_t index, const std::optional<wal::Tail>& tail) const {
    if (!tail) return {};
    const SoundRange& range = *states_[index].range;
    if (!range.head || !range.tail) return {};
    return wal::join(*tail, *range.head, *range.tail, chain_.path[index].id.begin(chain_.segment_bytes));
  }

  // Whether the border before `index` was looked at, and is sound.
  bool is_joined(std::size_t index) const {
    const SoundRange& before = *states_[index - 1].range;
    const SoundRange& range = *states_[index].range;
    if (!before.tail || !range.head || !range.tail) return false;
    return !joint_before(index, tail_before(index)).fault;
  }

  std::optional<CheckedReach> follow(wal::SegmentId first) const {
    std::size_t index = find_link(chain_, first.number);
    if (index == chain_.path.size() || chain_.path[index].id.number != first.number) return std::nullopt;
    if (states_[index].range == nullptr) return std::nullopt;
    CheckedReach reach;
    reach.read_first = states_[index].range->read_first;
    for (;;) {
      const SoundRange& range = *states_[index].range;
      reach.read_first = std::min(reach.read_first, range.read_first);
      reach.read_last = std::max(reach.read_last, range.read_last);
      if (range.tail && range.tail->last_commit) reach.last_commit = range.tail->last_commit;
      index += range.end() - 1 - chain_.path[index].id.number;
      const std::size_t next = index + 1;
      const bool leads_on = next < states_.size() && is_border(next) && is_joined(next);
      if (!leads_on) break;
      index = next;
    }
    const wal::SegmentId last = chain_.path[index].id;
    const auto& tail = states_[index].range->tail;
    reach.segment = wal::segment_name(last, chain_.segment_bytes);
    reach.lsn = last.end(chain_.segment_bytes);
    if (!tail)
      reach.lsn = last.begin(chain_.segment_bytes);
    else if (tail->open_record)
      reach.lsn = *tail->open_record;
    return reach;
  }

  const ChainReport& chain_;
  const Memory& memory_;
  const std::vector<LinkKnowledge> states_;
  VerifierReport report_;
};

}  // namespace

std::vector<LinkKnowledge> states_of(const ChainReport& chain, const Memory& memory) {
  std::vector<LinkKnowledge> states(chain.path.size());
  for (const SoundRange& range : memory.ranges) {
    for (std::size_t i = find_link(chain, range.first); i < chain.path.size(); ++i) {
      if (chain.path[i].id.number >= range.end()) break;
      if (chain.path[i].id.timeline == range.timeline) states[i].range = &range;
    }
  }
  for (const BrokenSegment& broken : memory.broken) {
    const std::size_t index = find_link(chain, broken.id.number);
    if (index < chain.path.size() && chain.path[index].id == broken.id) states[index].broken = &broken;
  }
  return states;
}

VerifierReport weigh(const ChainReport& chain, const Memory& memory) {
  return Weigher(chain, memory).weigh();
}

}  // namespace outrider::recovery
