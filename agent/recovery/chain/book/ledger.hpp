// The verifier's book: which segments of the way are known to be sound, which are broken, what to read next.
// Pure; the verifier reads, and keeps the book's memory on disk.
#pragma once

#include "agent/recovery/chain/book/memory.hpp"
#include "agent/recovery/chain/chain.hpp"
#include "agent/recovery/chain/verifier.hpp"
#include "agent/wal/check/segment.hpp"

#include <cstddef>
#include <set>
#include <vector>

namespace outrider::recovery {

class Ledger {
 public:
  explicit Ledger(Memory memory = {}) : memory_(std::move(memory)) {}

  const Memory& memory() const { return memory_; }

  // Forgets what has changed, and what is no longer on the way. True when something was forgotten.
  bool refresh(const catalogs::Listing& listing, const ChainReport& chain, std::uint64_t archive);

  // Indices in the chain's path, at most `most`: ends of ranges that were cut, then the newest unread. Those
  // of `last` come last: they could not be read before.
  std::vector<std::size_t> plan(const ChainReport& chain, std::size_t most,
                                const std::set<wal::SegmentId>& last) const;

  void note_sound(wal::SegmentId id, std::uint32_t print, const wal::SegmentReport& report,
                  core::WallTime now);
  void note_broken(wal::SegmentId id, std::uint32_t print, const wal::Fault& fault);

  // All but what the reading itself tells.
  VerifierReport report(const ChainReport& chain) const;

 private:
  using Ranges = std::vector<SoundRange>;

  Ranges::iterator range_at(wal::SegmentId id);
  void fill_border(Ranges::iterator range, wal::SegmentId id, const wal::SegmentReport& report);
  void take_out(Ranges::iterator range, wal::SegmentId id);
  void insert(SoundRange range);
  void merge_around(std::size_t index);
  bool merge(std::size_t left);

  Memory memory_;
};

}  // namespace outrider::recovery
