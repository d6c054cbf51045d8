// How the watch puts its snapshot together. Nothing is decided here.
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>

namespace outrider::recovery {
namespace {

constexpr std::size_t shown_drills = 50;

// How long the newest backup that was not a full one took, else the newest of all.
std::optional<core::Duration> backup_takes(const catalogs::Listing& listing) {
  std::optional<core::Duration> took;
  for (const auto& set : listing.sets) {
    const bool known = set.complete && set.stopped > set.started;
    if (known && (set.kind != catalogs::BackupKind::full || !took)) took = set.stopped - set.started;
  }
  return took;
}

const catalogs::BackupSet* set_to_restore(const CatalogWatch& watch) {
  if (!watch.listing() || !watch.chain() || !watch.chain()->newest) return nullptr;
  const std::size_t index = *watch.chain()->newest;
  return index < watch.listing()->sets.size() ? &watch.listing()->sets[index] : nullptr;
}

}  // namespace

ExposureView Watch::exposure_view() const {
  ExposureView view;
  view.evidence = server_.evidence() ? &*server_.evidence() : nullptr;
  view.server_trouble = server_.trouble();
  view.track = &server_.track();
  for (const auto& catalog : catalogs_) view.catalogs.push_back(catalog->view());
  view.drills = &drills_;
  view.canaries = &server_.canaries();
  view.objectives = settings_.objectives;
  view.now = tools_.clock.wall();
  return view;
}

void Watch::fill_forecast(Snapshot& snapshot) const {
  ForecastView view;
  view.drills = &drills_;
  view.objectives = settings_.objectives;
  view.now = snapshot.taken;
  if (const auto& evidence = snapshot.evidence) view.segment_bytes = evidence->segment_bytes;
  view.wal_rate = server_.track().rate.average;
  for (const auto& catalog : catalogs_) {
    const auto* set = set_to_restore(*catalog);
    if (set == nullptr) continue;
    view.catalog = catalog->view().target;
    view.set = set->label;
    if (set->database_bytes > 0) view.set_bytes = set->database_bytes;
    view.set_stopped = set->stopped;
    view.backup_takes = backup_takes(*catalog->listing());
    const auto& evidence = snapshot.evidence;
    const std::optional<wal::Lsn> written = evidence ? evidence->written : std::nullopt;
    if (written && set->start_lsn && *written >= *set->start_lsn) {
      view.wal_bytes = written->value - set->start_lsn->value;
    }
    break;
  }
  snapshot.forecast = forecast(view);
  snapshot.forecast_view = view;
  snapshot.forecast_view.drills = nullptr;
}

void Watch::refresh() {
  Snapshot next;
  const ExposureView view = exposure_view();
  next.cluster = options_.cluster;
  next.taken = view.now;
  next.objectives = settings_.objectives;
  next.evidence = server_.evidence();
  next.server_trouble = server_.trouble();
  next.wal_rate = server_.track().rate;
  next.judgements = server_.judgements();
  next.exposure = expose(view);
  for (const auto& catalog : catalogs_) next.catalogs.push_back(catalog->status(view, view.now));
  fill_forecast(next);
  const std::size_t first = drills_.size() > shown_drills ? drills_.size() - shown_drills : 0;
  next.drills.assign(drills_.begin() + static_cast<std::ptrdiff_t>(first), drills_.end());
  for (const auto& drill : drills_) {
    next.drills_proven += drill.finding == Finding::proven ? 1 : 0;
    next.drills_disproved += drill.finding == Finding::disproved ? 1 : 0;
    next.drills_unverified += drill.finding == Finding::could_not_verify ? 1 : 0;
  }
  next.budget = budget_of(minutes_, settings_.objectives, view.now);
  if (!server_.canaries().empty()) next.last_canary = server_.canaries().back().acknowledged;
  tell_changes(next);
  snapshot_ = std::move(next);
  if (tools_.metrics != nullptr) tools_.metrics->show(snapshot_);
}

// What was not so before goes into the timeline, once, and once more when it is over.
void Watch::tell_changes(const Snapshot& next) {
  const auto all = [](const Snapshot& snapshot) {
    Judgements list = snapshot.judgements;
    list.insert(list.end(), snapshot.exposure.faults.begin(), snapshot.exposure.faults.end());
    for (const auto& catalog : snapshot.catalogs) {
      list.insert(list.end(), catalog.judgements.begin(), catalog.judgements.end());
    }
    std::erase_if(list, [](const Judgement& one) { return one.severity != Severity::critical; });
    return list;
  };
  const auto holds = [](const Judgements& list, const std::string& id) {
    return std::any_of(list.begin(), list.end(), [&](const Judgement& one) { return one.id == id; });
  };
  const Judgements before = all(snapshot_), now = all(next);
  for (const auto& one : now) {
    if (!holds(before, one.id)) tools_.events.record(core::EventKind::trouble, "recovery", one.sentence);
  }
  for (const auto& one : before) {
    if (!holds(now, one.id))
      tools_.events.record(core::EventKind::health, "recovery", "over: " + one.sentence);
  }
}

}  // namespace outrider::recovery
