#include "agent/recovery/exposure/paths.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

Figure figure_of(Level level, core::WallTime as_of, std::string set, wal::Lsn to, const Loss& loss,
                 const ExposureView& view) {
  Figure figure;
  figure.level = level;
  figure.as_of = as_of;
  figure.set = std::move(set);
  figure.to = to;
  figure.rpo = loss.length;
  figure.idle = loss.idle;
  figure.why = loss.why;
  figure.fade = fade_of_look(as_of, view.objectives.proof, view.now);
  return figure;
}

Figure unknown_figure(std::string why) {
  Figure figure;
  figure.why = std::move(why);
  return figure;
}

Figure claimed_figure(const ExposureView& view) {
  if (view.evidence == nullptr) return unknown_figure("the server was never seen");
  const Evidence& evidence = *view.evidence;
  if (!evidence.archiver) return unknown_figure("the archiver cannot be seen");
  const auto end = claimed_at(view, view.now);
  if (!end) return unknown_figure("the archiver has not archived a segment yet");
  Loss loss = loss_behind(*end, view);
  if (!loss.length && evidence.archiver->last_archived_time) {
    // A claim for a claim: what was archived at that time held all that had been committed a moment before.
    loss.length =
        std::max(core::Duration(view.now - *evidence.archiver->last_archived_time), core::Duration{});
    loss.why = "by the time of the last archived segment";
  }
  return figure_of(Level::claimed, evidence.taken, "", *end, loss, view);
}

// Recovery takes the first segment that is not what was written for the end of WAL.
Reach usable_reach(const CatalogView& catalog, const SetReach& set) {
  Reach reach = *catalog.chain->listed;
  const std::uint64_t bytes = catalog.chain->segment_bytes;
  if (catalog.broken == nullptr || bytes == 0 || !set.first) return reach;
  for (const BrokenLink& link : *catalog.broken) {
    if (link.id.number < set.first->number || link.id.begin(bytes) >= reach.lsn) continue;
    reach.lsn = link.id.begin(bytes);
    reach.segment =
        link.id.number > 0 ? wal::segment_name({link.id.timeline, link.id.number - 1}, bytes) : "";
  }
  return reach;
}

// Of L1 and L2 the one that is worth more: a checked end that keeps the promise, else the listed one.
Figure inferred_figure(const CatalogView& catalog, const SetReach& set, const ExposureView& view) {
  const Reach listed = usable_reach(catalog, set);
  const Loss by_names = loss_behind(listed.lsn, view, catalog.checked);
  if (catalog.checked != nullptr) {
    // Behind the last record of a segment that was switched early, there is nothing to lose.
    const bool whole = catalog.checked->segment == listed.segment || listed.lsn < catalog.chain->listed->lsn;
    const Loss loss = whole ? by_names : loss_behind(catalog.checked->lsn, view, catalog.checked);
    if (whole || (loss.length && *loss.length <= view.objectives.rpo))
      return figure_of(Level::checked, catalog.listed, set.label, whole ? listed.lsn : catalog.checked->lsn,
                       loss, view);
  }
  return figure_of(Level::listed, catalog.listed, set.label, listed.lsn, by_names, view);
}

Figure proven_figure(const CatalogView& catalog, const ExposureView& view) {
  const auto system_id = view.evidence != nullptr ? view.evidence->system_id : std::nullopt;
  const DrillRecord* const proof = last_proof(view.drills, catalog.target, system_id);
  if (proof == nullptr) return unknown_figure("no drill has proven it yet");
  Figure figure;
  figure.level = proof->level;
  figure.as_of = proof->ended;
  figure.set = proof->set;
  figure.to = proof->reached;
  figure.rpo = proof->proven_rpo;
  figure.fade = fade_of(figure.as_of, view.objectives.proof, view.now);
  figure.why = proof->sentence;
  return figure;
}

std::string why_no_set(const CatalogView& catalog) {
  if (catalog.listing->sets.empty()) return "there is no backup";
  for (auto set = catalog.chain->sets.rbegin(); set != catalog.chain->sets.rend(); ++set) {
    if (!set->why.empty()) return fmt::format("{}: {}", set->label, set->why);
  }
  return "no backup leads anywhere";
}

bool all_unknown(const ChainReport& chain) {
  return std::any_of(chain.sets.begin(), chain.sets.end(),
                     [](const SetReach& set) { return set.restorable == Answer::unknown; });
}

// What can be said before the sets are looked at.
bool readable(const CatalogView& catalog, const ExposureView& view, Path& path) {
  if (catalog.listing == nullptr) {
    path.why = catalog.trouble.empty() ? "it was not read yet" : catalog.trouble;
  } else if (!catalog.listing->sets_known) {
    path.why =
        catalog.listing->troubles.empty() ? "its backups cannot be read" : catalog.listing->troubles.front();
  } else if (fade_of_look(catalog.listed, view.objectives.proof, view.now) == Fade::stale) {
    path.why = fmt::format("it was last read {} ago{}", core::show_age(view.now - catalog.listed),
                           catalog.trouble.empty() ? std::string() : ": " + catalog.trouble);
  } else {
    return true;
  }
  path.usable = Answer::unknown;
  path.inferred = unknown_figure(path.why);
  return false;
}

bool holds_snapshots(const catalogs::Listing& listing) {
  return !listing.sets.empty() && listing.sets.front().kind == catalogs::BackupKind::snapshot;
}

}  // namespace

std::optional<wal::Lsn> claimed_at(const ExposureView& view, core::WallTime when) {
  std::optional<wal::Lsn> end;
  if (view.track != nullptr) {
    if (const Mark* const mark = mark_at(*view.track, when)) end = mark->claimed;
  }
  // An agent that has just started has no marks of that time, but the claim may be older than itself.
  const Evidence* const evidence = view.evidence;
  if (evidence == nullptr || !evidence->archiver || evidence->segment_bytes == 0) return end;
  const auto archived = evidence->last_archived();
  if (!archived || *archived > when) return end;
  const auto name = wal::read_name(evidence->archiver->last_archived);
  if (!name || name->kind != wal::NameKind::segment) return end;
  const auto id = wal::place(*name, evidence->segment_bytes);
  if (!id) return end;
  const wal::Lsn now_said = id->end(evidence->segment_bytes);
  return end ? std::max(*end, now_said) : now_said;
}

std::optional<wal::Lsn> stored_end(const ChainReport& chain) {
  if (chain.path.empty() || chain.segment_bytes == 0) return std::nullopt;
  return chain.path.back().id.end(chain.segment_bytes);
}

const DrillRecord* last_proof(const std::vector<DrillRecord>* drills, std::string_view catalog,
                              std::optional<std::uint64_t> system_id) {
  if (drills == nullptr) return nullptr;
  for (auto record = drills->rbegin(); record != drills->rend(); ++record) {
    if (record->finding != Finding::proven || record->catalog != catalog) continue;
    if (record->level < Level::replayed) continue;  // a base backup that starts says nothing of the WAL
    if (system_id && record->system_id && *system_id != *record->system_id) continue;
    return &*record;
  }
  return nullptr;
}

const DrillRecord* last_drill(const std::vector<DrillRecord>* drills, std::string_view catalog) {
  if (drills == nullptr) return nullptr;
  for (auto record = drills->rbegin(); record != drills->rend(); ++record) {
    if (record->catalog == catalog) return &*record;
  }
  return nullptr;
}

Path archive_path(const CatalogView& catalog, const ExposureView& view) {
  Path path;
  path.kind = PathKind::archive;
  path.name = catalog.target;
  path.claimed = claimed_figure(view);
  path.proven = proven_figure(catalog, view);
  if (!readable(catalog, view, path)) return path;
  if (catalog.chain == nullptr || !catalog.listing->wal_known) {
    path.why = "its WAL cannot be read";
    path.inferred = unknown_figure(path.why);
    return path;
  }
  const ChainReport& chain = *catalog.chain;
  if (!chain.newest || !chain.listed) {
    path.usable = all_unknown(chain) ? Answer::unknown : Answer::no;
    path.why = why_no_set(catalog);
    path.inferred = unknown_figure(path.why);
    return path;
  }
  path.usable = Answer::yes;
  path.inferred = inferred_figure(catalog, chain.sets[*chain.newest], view);
  return path;
}

Path copy_path(const CatalogView& catalog, const ExposureView& view) {
  const bool snapshots = catalog.listing != nullptr && holds_snapshots(*catalog.listing);
  const std::string what = snapshots ? "snapshot" : "dump";
  Path path;
  path.kind = snapshots ? PathKind::snapshot : PathKind::dump;
  path.name = catalog.target;
  path.proven = proven_figure(catalog, view);
  if (!readable(catalog, view, path)) {
    path.claimed = path.inferred;
    return path;
  }
  const catalogs::BackupSet* newest = nullptr;
  for (const auto& set : catalog.listing->sets) {
    if (set.complete && !set.damaged) newest = &set;
  }
  if (newest == nullptr) {
    path.usable = Answer::no;
    path.why = catalog.listing->sets.empty() ? "there is none" : "no " + what + " is complete";
    path.claimed = path.inferred = unknown_figure(path.why);
    return path;
  }
  path.usable = Answer::yes;
  Loss loss;
  // It holds what was committed when it began, and nothing that came later.
  loss.length = std::max(core::Duration(view.now - newest->started), core::Duration{});
  loss.why = "since the " + what + " began";
  const Track* const track = view.track;
  if (track != nullptr && track->quiet_since && *track->quiet_since <= newest->started)
    loss = {core::Duration{}, true, "nothing was written since the " + what + " began"};
  path.inferred = figure_of(Level::listed, catalog.listed, newest->label, wal::Lsn{}, loss, view);
  path.inferred.to.reset();
  path.claimed = path.inferred;
  path.claimed.level = Level::claimed;
  if (snapshots) path.inferred = unknown_figure("what a snapshot holds is its provider's word");
  return path;
}

Path replica_path(const ReplicaView& replica, const ExposureView& view) {
  Path path;
  path.kind = PathKind::replica;
  path.name = replica.name.empty() ? replica.address : replica.name;
  path.inferred = unknown_figure("what a replica holds is the servers' word until it is asked itself");
  path.proven = unknown_figure("no failover to it was proven");
  if (replica.state.empty() || !replica.flushed) {
    path.why = "its state cannot be seen";
    path.claimed = unknown_figure(path.why);
    return path;
  }
  path.usable = replica.state == "streaming" ? Answer::yes : Answer::no;
  if (path.usable == Answer::no) path.why = fmt::format("it is not streaming but in state {}", replica.state);
  path.claimed = figure_of(Level::claimed, view.evidence->taken, "", *replica.flushed,
                           loss_behind(*replica.flushed, view), view);
  return path;
}

}  // namespace outrider::recovery
