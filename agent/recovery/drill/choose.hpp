// Which set a drill restores, and what of the archive there was at the cut. Pure.
#pragma once

#include "agent/recovery/drill/drill.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

// Why a drill ends before it is over.
struct Stop {
  Finding finding = Finding::could_not_verify;
  std::string why;
};

inline tl::unexpected<Stop> disproved(std::string why) {
  return tl::unexpected<Stop>(Stop{Finding::disproved, std::move(why)});
}
inline tl::unexpected<Stop> could_not_verify(std::string why) {
  return tl::unexpected<Stop>(Stop{Finding::could_not_verify, std::move(why)});
}

struct Choice {
  catalogs::BackupSet set;
  std::vector<std::string> archive;  // names of segments and history files, from the set's first segment on
  std::vector<std::string> way;      // names of segments in the order in which replay asks for them
  std::uint32_t timeline = 0;        // where the way leads; 0: not known
};

tl::expected<Choice, Stop> choose(const catalogs::Listing& listing, const ChainReport& chain,
                                  const DrillOrder& order, const Source& source);

// How many segments there are that replay cannot come to when it stops for want of `absent`.
std::uint64_t segments_behind(const Choice& choice, const std::string& absent);

// Bytes that the restored data and the WAL on its way through will take; 0 when the set does not say.
std::uint64_t needed_bytes(const Choice& choice, std::uint64_t segment_bytes);

}  // namespace outrider::recovery
