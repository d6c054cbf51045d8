// The retention guard: what would the next expire take away? Pure; it deletes nothing and never will.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/core/clock.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/evidence/judgement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct Expiry {
  std::vector<std::string> goes;                // labels, oldest first
  std::vector<std::string> stays;               // labels, oldest first
  std::optional<core::WallTime> oldest_before;  // one could restore back to here
  std::optional<core::WallTime> oldest_after;
  std::string proven;  // the last proven set; empty: none ever was
  bool takes_proven = false;
  bool takes_last_proven = false;  // and no other proven set would stay
};

// `and_next`: as if one more backup of this kind had ended, which is when tools expire.
Expiry simulate_expire(const catalogs::Listing& listing, const catalogs::Retention& retention,
                       const std::vector<DrillRecord>& drills, const std::string& catalog, core::WallTime now,
                       std::optional<catalogs::BackupKind> and_next = {});

// What must be told of it: the last proven set would go, the promised window would not be kept.
Judgements judge_expiry(const Expiry& expiry, core::Duration keep_at_least, core::WallTime now);

}  // namespace outrider::recovery
