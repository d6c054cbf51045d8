#include "agent/recovery/exposure/retention.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using catalogs::BackupKind;
using catalogs::BackupSet;

using Sets = std::vector<BackupSet>;

bool is_full(const BackupSet& set) { return set.kind == BackupKind::full || !rolls_forward(set.kind); }

// Of the complete sets that `counts` holds for, all but the newest `keep` go.
template <class Counts>
void drop_beyond(const Sets& sets, std::size_t keep, const Counts& counts, bool fulls_too,
                 std::set<std::string>& gone) {
  std::size_t seen = 0;
  for (auto set = sets.rbegin(); set != sets.rend(); ++set) {
    if (!set->complete || !counts(*set) || gone.contains(set->label)) continue;
    if (++seen > keep && (fulls_too || !is_full(*set))) gone.insert(set->label);
  }
}

// What is needed to restore to any time of these days stays: the newest full from before them, too.
void drop_older(const Sets& sets, core::WallTime edge, std::set<std::string>& gone) {
  const BackupSet* needed = nullptr;
  for (const BackupSet& set : sets) {
    if (set.complete && is_full(set) && set.stopped <= edge) needed = &set;
  }
  if (needed == nullptr) return;
  for (const BackupSet& set : sets) {
    if (set.complete && is_full(set) && set.stopped < needed->stopped) gone.insert(set.label);
  }
}

// What cannot be restored without something that went goes with it.
void drop_orphans(const Sets& sets, std::set<std::string>& gone) {
  for (bool more = true; more;) {
    more = false;
    for (const BackupSet& set : sets) {
      if (gone.contains(set.label)) continue;
      const bool orphan = std::any_of(set.references.begin(), set.references.end(),
                                      [&gone](const std::string& label) { return gone.contains(label); });
      if (orphan) more = gone.insert(set.label).second;
    }
  }
}

BackupSet next_one(const Sets& sets, BackupKind kind, core::WallTime now) {
  BackupSet next;
  next.label = "the next backup";
  next.kind = kind;
  next.started = next.stopped = now;
  next.complete = true;
  for (const BackupSet& set : sets) {
    if (!set.complete || kind == BackupKind::full || !rolls_forward(kind)) continue;
    if (is_full(set) || kind == BackupKind::incremental) next.references = {set.label};
  }
  return next;
}

}  // namespace

Expiry simulate_expire(const catalogs::Listing& listing, const catalogs::Retention& retention,
                       const std::vector<DrillRecord>& drills, const std::string& catalog, core::WallTime now,
                       std::optional<BackupKind> and_next) {
  Sets sets = listing.sets;
  if (and_next) sets.push_back(next_one(sets, *and_next, now));
  std::set<std::string> gone;
  if (retention.fulls) drop_beyond(sets, *retention.fulls, is_full, true, gone);
  if (retention.days) drop_older(sets, now - std::chrono::hours(24) * *retention.days, gone);
  // As pgBackRest counts: a full one is a differential one, too, but never goes as such.
  if (retention.differentials) {
    const auto counts = [](const BackupSet& set) {
      return set.kind == BackupKind::full || set.kind == BackupKind::differential;
    };
    drop_beyond(sets, *retention.differentials, counts, false, gone);
  }
  drop_orphans(sets, gone);

  Expiry expiry;
  for (const BackupSet& set : listing.sets) {
    const bool goes = gone.contains(set.label);
    (goes ? expiry.goes : expiry.stays).push_back(set.label);
    if (!set.complete) continue;
    if (!expiry.oldest_before) expiry.oldest_before = set.stopped;
    if (!goes && !expiry.oldest_after) expiry.oldest_after = set.stopped;
  }
  bool one_stays = false;
  for (auto record = drills.rbegin(); record != drills.rend(); ++record) {
    const bool proof =
        record->catalog == catalog && record->finding == Finding::proven && record->level >= Level::replayed;
    if (!proof) continue;
    const auto holds = [&record](const std::vector<std::string>& labels) {
      return std::find(labels.begin(), labels.end(), record->set) != labels.end();
    };
    if (expiry.proven.empty() && (holds(expiry.stays) || holds(expiry.goes))) {
      expiry.proven = record->set;
      expiry.takes_proven = holds(expiry.goes);
    }
    one_stays = one_stays || holds(expiry.stays);
  }
  expiry.takes_last_proven = expiry.takes_proven && !one_stays;
  return expiry;
}

Judgements judge_expiry(const Expiry& expiry, core::Duration keep_at_least, core::WallTime now) {
  Judgements found;
  if (expiry.takes_last_proven)
    found.push_back(
        {"retention.proven", Severity::critical,
         fmt::format("the next expire takes {}, the last backup that a drill has proven", expiry.proven),
         "drill a newer one first (outrider drill), or keep one more"});
  if (!expiry.goes.empty() && expiry.stays.empty())
    found.push_back({"retention.all", Severity::critical, "the next expire takes every backup",
                     "raise the retention before it runs"});
  if (keep_at_least <= core::Duration{}) return found;
  const core::WallTime edge = now - keep_at_least;
  // A young catalog cannot reach back so far yet; one that gives it away can be told.
  const bool reached = expiry.oldest_before && *expiry.oldest_before <= edge;
  if (reached && (!expiry.oldest_after || *expiry.oldest_after > edge))
    found.push_back({"retention.window", Severity::critical,
                     fmt::format("after the next expire one can restore back to {} only, and {} is promised",
                                 expiry.oldest_after ? core::show_time(*expiry.oldest_after) : "nowhere",
                                 core::show_age(keep_at_least)),
                     "the retention and the promise disagree: raise the one or lower the other"});
  return found;
}

}  // namespace outrider::recovery
