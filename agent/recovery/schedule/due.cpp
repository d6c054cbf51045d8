#include "agent/recovery/schedule/due.hpp"

#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using catalogs::BackupKind;
using catalogs::BackupSet;

constexpr std::size_t most_tries = 3;
constexpr core::Duration between_tries = std::chrono::hours(1);

// A dump cannot be rolled forward, and what the listing says cannot be restored need not be tried.
bool can_be_drilled(const CatalogView& catalog, std::size_t index) {
  const BackupSet& set = catalog.listing->sets[index];
  if (!set.complete || !rolls_forward(set.kind) || catalog.chain == nullptr) return false;
  return index < catalog.chain->sets.size() && catalog.chain->sets[index].restorable == Answer::yes;
}

struct Tried {
  std::size_t in_vain = 0;
  bool found_out = false;  // proven or disproved
  std::optional<core::WallTime> last;
};

Tried tried(const std::vector<DrillRecord>& drills, const std::string& catalog, const std::string& set) {
  Tried tried;
  for (const DrillRecord& record : drills) {
    if (record.catalog != catalog || record.set != set) continue;
    tried.last = record.ended;
    if (record.finding == Finding::could_not_verify) {
      ++tried.in_vain;
    } else {
      tried.found_out = true;
    }
  }
  return tried;
}

}  // namespace

std::optional<DrillDue> due_after_backup(const std::vector<CatalogView>& catalogs,
                                         const std::vector<DrillRecord>& drills, AfterBackup which,
                                         core::WallTime now) {
  if (which == AfterBackup::never) return std::nullopt;
  for (std::size_t at = 0; at < catalogs.size(); ++at) {
    const CatalogView& catalog = catalogs[at];
    if (catalog.listing == nullptr) continue;
    const auto& sets = catalog.listing->sets;
    // Only the newest: whoever was away for a week need not catch up with all of them.
    std::optional<std::size_t> newest;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const bool meant = which == AfterBackup::any || sets[i].kind == BackupKind::full;
      if (meant && can_be_drilled(catalog, i)) newest = i;
    }
    if (!newest) continue;
    const Tried before = tried(drills, catalog.target, sets[*newest].label);
    if (before.found_out || before.in_vain >= most_tries) continue;
    if (before.last && now - *before.last < between_tries) continue;
    return DrillDue{at, sets[*newest].label,
                    fmt::format("no drill has found out about backup {} yet", sets[*newest].label)};
  }
  return std::nullopt;
}

std::optional<DrillDue> drilled_longest_ago(const std::vector<CatalogView>& catalogs,
                                            const std::vector<DrillRecord>& drills) {
  std::optional<DrillDue> due;
  std::optional<core::WallTime> longest, stopped;
  for (std::size_t at = 0; at < catalogs.size(); ++at) {
    const CatalogView& catalog = catalogs[at];
    if (catalog.listing == nullptr) continue;
    for (std::size_t i = 0; i < catalog.listing->sets.size(); ++i) {
      if (!can_be_drilled(catalog, i)) continue;
      const BackupSet& set = catalog.listing->sets[i];
      const auto last = tried(drills, catalog.target, set.label).last;
      // An absent time sorts before every other one.
      const bool better = !due || last < longest || (last == longest && set.stopped > stopped);
      if (!better) continue;
      longest = last;
      stopped = set.stopped;
      due = DrillDue{
          at, set.label,
          last ? fmt::format("backup {} was drilled longest ago, at {}", set.label, core::show_time(*last))
               : fmt::format("backup {} was never drilled", set.label)};
    }
  }
  return due;
}

}  // namespace outrider::recovery
