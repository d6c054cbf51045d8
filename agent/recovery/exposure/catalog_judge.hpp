// Judges of a catalog: does its history make sense? Pure. A backup that ended well and is a tenth of the
// others is a suspicious success; a run that did not come when it always came was missed.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/evidence/judgement.hpp"
#include "agent/recovery/exposure/exposure.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::recovery {

struct CatalogPolicy {
  double collapse = 0.5;  // a set smaller than this share of the others' median of its kind is suspicious
  core::Duration longest_age = std::chrono::hours(24 * 8);  // of the newest backup, whatever the schedule was
};

struct Rhythm {
  std::size_t runs = 0;                 // learned from so many intervals
  std::optional<core::Duration> every;  // nothing: too few runs, or no rhythm in them
  core::Duration slack{};               // by how much they usually were late
  std::optional<core::WallTime> due;    // the next one
};

// Of the complete sets of these kinds; `any` for all that can be restored.
Rhythm rhythm_of(const catalogs::Listing& listing, std::optional<catalogs::BackupKind> kind);

Judgements judge_catalog(const CatalogView& catalog, const CatalogPolicy& policy,
                         std::optional<std::uint64_t> system_id, core::WallTime now);

}  // namespace outrider::recovery
