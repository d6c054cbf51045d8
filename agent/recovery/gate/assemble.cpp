#include "agent/recovery/gate/assemble.hpp"

#include <algorithm>

namespace outrider::recovery {
namespace {

using catalogs::BackupKind;
using catalogs::BackupSet;

constexpr std::size_t drills_shown = 50;

void fill_sets(const CatalogView& view, CatalogStatus& status) {
  const catalogs::Listing& listing = *view.listing;
  status.tool = listing.tool;
  status.archives_wal = listing.archives_wal;
  status.sets = listing.sets.size();
  for (std::size_t i = 0; i < listing.sets.size(); ++i) {
    const BackupSet& set = listing.sets[i];
    if (!set.complete) continue;
    status.newest = set.label;
    status.newest_kind = std::string(catalogs::name_of(set.kind));
    status.newest_stopped = set.stopped;
    const bool chained = view.chain != nullptr && i < view.chain->sets.size();
    const bool restorable = chained ? view.chain->sets[i].restorable == Answer::yes : !listing.archives_wal;
    if (restorable && !status.oldest_restorable) status.oldest_restorable = set.stopped;
  }
  status.next_due = rhythm_of(listing, std::nullopt).due;
}

CatalogStatus status_of(const CatalogSource& source, const ExposureView& exposure) {
  const CatalogView& view = source.view;
  CatalogStatus status;
  status.target = view.target;
  status.trouble = view.trouble;
  if (view.listing == nullptr) return status;
  status.listed = view.listed;
  status.retention = view.listing->retention;
  fill_sets(view, status);
  const auto system_id = exposure.evidence != nullptr ? exposure.evidence->system_id : std::nullopt;
  status.judgements = judge_catalog(view, source.policy, system_id, exposure.now);
  const auto& retention = view.listing->retention;
  if (retention && exposure.drills != nullptr) {
    const Expiry expiry = simulate_expire(*view.listing, *retention, *exposure.drills, view.target,
                                          exposure.now, BackupKind::full);
    for (Judgement& judgement : judge_expiry(expiry, exposure.objectives.keep, exposure.now))
      status.judgements.push_back(std::move(judgement));
  }
  if (view.chain != nullptr) {
    status.listed_to = view.chain->listed;
    status.gaps = view.chain->gaps;
    status.chain_troubles = view.chain->troubles;
  }
  if (source.verified != nullptr) {
    status.checked_to = source.verified->checked;
    status.verified = source.verified->verified;
    status.unverified = source.verified->unverified;
    for (const BrokenLink& link : source.verified->broken) status.broken.push_back(link.segment);
  }
  return status;
}

// How long a differential backup takes; where none was made, a full one is the longest that it may take.
std::optional<core::Duration> backup_takes(const catalogs::Listing& listing) {
  std::vector<core::Duration> differential, full;
  for (const BackupSet& set : listing.sets) {
    if (!set.complete || set.stopped <= set.started) continue;
    (set.kind == BackupKind::full ? full : differential).push_back(set.stopped - set.started);
  }
  std::vector<core::Duration>& took = differential.empty() ? full : differential;
  if (took.empty()) return std::nullopt;
  std::sort(took.begin(), took.end());
  return took[took.size() / 2];
}

void count_drills(const std::vector<DrillRecord>& drills, Snapshot& snapshot) {
  for (const DrillRecord& record : drills) {
    if (record.finding == Finding::proven)
      ++snapshot.drills_proven;
    else if (record.finding == Finding::disproved)
      ++snapshot.drills_disproved;
    else
      ++snapshot.drills_unverified;
  }
  const std::size_t from = drills.size() > drills_shown ? drills.size() - drills_shown : 0;
  snapshot.drills.assign(drills.begin() + static_cast<std::ptrdiff_t>(from), drills.end());
}

}  // namespace

ForecastView forecast_view(const Exposure& exposure, const ExposureView& view) {
  ForecastView out;
  out.drills = view.drills;
  out.objectives = view.objectives;
  out.now = view.now;
  if (view.track != nullptr) out.wal_rate = view.track->rate.average;
  if (view.standby != nullptr) out.replays = view.standby->samples;
  if (!exposure.main || *exposure.main >= view.catalogs.size()) return out;  // a replica: no restore
  const CatalogView& catalog = view.catalogs[*exposure.main];
  out.catalog = catalog.target;
  out.set = exposure.inferred.set;
  if (catalog.listing == nullptr) return out;
  const auto& sets = catalog.listing->sets;
  const auto set =
      std::find_if(sets.begin(), sets.end(), [&out](const BackupSet& one) { return one.label == out.set; });
  out.backup_takes = backup_takes(*catalog.listing);
  if (set == sets.end()) return out;
  out.set_stopped = set->stopped;
  if (set->database_bytes > 0)
    out.set_bytes = set->database_bytes;
  else if (view.track != nullptr)
    out.set_bytes = view.track->database_bytes;
  if (!catalog.listing->archives_wal) {
    out.wal_bytes = 0;
    return out;
  }
  if (catalog.chain != nullptr) out.segment_bytes = catalog.chain->segment_bytes;
  // What is written now will be archived by the time it is needed; without the server, what is listed.
  std::optional<wal::Lsn> end = exposure.inferred.to;
  if (view.evidence != nullptr && view.evidence->written) end = view.evidence->written;
  if (end && set->start_lsn && *end >= *set->start_lsn) out.wal_bytes = end->value - set->start_lsn->value;
  return out;
}

Snapshot assemble(Sources sources) {
  ExposureView& view = sources.exposure;
  view.catalogs.clear();
  for (CatalogSource& source : sources.catalogs) {
    if (source.verified != nullptr) {
      source.view.checked = source.verified->checked ? &*source.verified->checked : nullptr;
      source.view.broken = &source.verified->broken;
    }
    view.catalogs.push_back(source.view);
  }
  Snapshot snapshot;
  snapshot.cluster = std::move(sources.cluster);
  snapshot.taken = view.now;
  snapshot.objectives = view.objectives;
  if (view.evidence != nullptr) snapshot.evidence = *view.evidence;
  snapshot.server_trouble = view.server_trouble;
  if (view.track != nullptr) snapshot.wal_rate = view.track->rate;
  snapshot.judgements = std::move(sources.server);
  snapshot.exposure = expose(view);
  for (const CatalogSource& source : sources.catalogs) snapshot.catalogs.push_back(status_of(source, view));
  if (view.drills != nullptr) count_drills(*view.drills, snapshot);
  snapshot.forecast_view = forecast_view(snapshot.exposure, view);
  snapshot.forecast = forecast(snapshot.forecast_view);
  snapshot.forecast_view.drills = nullptr;
  if (sources.minutes != nullptr) snapshot.budget = budget_of(*sources.minutes, view.objectives, view.now);
  if (view.canaries != nullptr && !view.canaries->empty())
    snapshot.last_canary = view.canaries->back().acknowledged;
  if (view.standby != nullptr) snapshot.standby = *view.standby;
  return snapshot;
}

}  // namespace outrider::recovery
