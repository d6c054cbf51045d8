#include "agent/recovery/exposure/exposure.hpp"

#include "agent/core/text.hpp"
#include "agent/recovery/exposure/paths.hpp"
#include "agent/recovery/standby/proof.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;

bool fresh(const ExposureView& view) {
  return view.evidence != nullptr && view.now - view.evidence->taken <= view.objectives.proof.looks_fresh_for;
}

// "731:731:" after transaction 730 committed: none was begun since, so none is at risk.
bool none_since(std::uint32_t xid, std::string_view snapshot) {
  const auto first = snapshot.find(':');
  const auto second = snapshot.find(':', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || second + 1 != snapshot.size() || xid == 0) return false;
  const std::string_view low = snapshot.substr(0, first);
  const std::string_view high = snapshot.substr(first + 1, second - first - 1);
  std::uint64_t next = 0;
  if (low != high || std::from_chars(high.data(), high.data() + high.size(), next).ec != std::errc{})
    return false;
  return static_cast<std::uint32_t>(next) == xid + 1;
}

core::Duration skew_of(const Evidence* evidence) {
  if (evidence == nullptr || !evidence->server_time) return core::Duration{};
  return *evidence->server_time - evidence->taken;
}

const AcknowledgedCanary* canary_before(const std::vector<AcknowledgedCanary>& canaries, wal::Lsn safe) {
  const auto after =
      std::upper_bound(canaries.begin(), canaries.end(), safe,
                       [](wal::Lsn lsn, const AcknowledgedCanary& canary) { return lsn < canary.commit; });
  return after == canaries.begin() ? nullptr : &*std::prev(after);
}

bool better(const Path& path, const Path& than) {
  if ((path.usable == Answer::yes) != (than.usable == Answer::yes)) return path.usable == Answer::yes;
  if (path.kind != than.kind) {
    const auto rank = [](PathKind kind) {
      return kind == PathKind::archive ? 0 : kind == PathKind::dump ? 1 : kind == PathKind::snapshot ? 2 : 3;
    };
    return rank(path.kind) < rank(than.kind);
  }
  if (path.inferred.rpo.has_value() != than.inferred.rpo.has_value()) return path.inferred.rpo.has_value();
  return path.inferred.rpo && *path.inferred.rpo < *than.inferred.rpo;
}

std::string loss_in_words(const Figure& figure) {
  const std::string level = name_of(figure.level).substr(0, 2);
  if (*figure.rpo == core::Duration{})
    return fmt::format("you would lose nothing{} (inferred, {})",
                       figure.idle ? ": nothing was written since" : "", level);
  return fmt::format("you would lose {} (inferred, {})", show_age(*figure.rpo), level);
}

std::string sentence_of(const Exposure& exposure, const ExposureView& view) {
  std::string said;
  if (exposure.inferred.rpo)
    said = "if the primary died now " + loss_in_words(exposure.inferred);
  else
    said = fmt::format("it is unknown what would be lost if the primary died now: {}", exposure.inferred.why);
  const Figure& proven = exposure.proven;
  if (!proven.as_of) return said + "; no restore has proven anything yet";
  said += fmt::format("; last proven {} ago", show_age(view.now - *proven.as_of));
  if (proven.to) said += " to " + proven.to->text();
  return said + fmt::format(" ({})", name_of(proven.level).substr(0, 2));
}

void judge_figures(const Exposure& exposure, const ExposureView& view, Judgements& found) {
  const Figure& inferred = exposure.inferred;
  const core::Duration most = view.objectives.rpo;
  if (!inferred.rpo) {
    found.push_back({"rpo.unknown", Severity::unknown, "what would be lost now is unknown: " + inferred.why,
                     "see the paths: outrider status says what each of them lacks"});
  } else if (*inferred.rpo > most) {
    found.push_back(
        {"rpo.at_risk", Severity::critical,
         fmt::format("{} of commits would be lost, and {} may be", show_age(*inferred.rpo), show_age(most)),
         "see what holds the archive up; SELECT pg_switch_wal() sends the current segment"});
  } else if (*inferred.rpo > most * 4 / 5) {
    found.push_back({"rpo.near", Severity::warning,
                     fmt::format("{} of commits would be lost, of the {} that may be",
                                 show_age(*inferred.rpo), show_age(most)),
                     "a shorter archive_timeout makes it less"});
  }
  if (inferred.rpo && inferred.fade == Fade::stale)
    found.push_back(
        {"rpo.old", Severity::unknown,
         fmt::format("the archive was last looked at {} ago", show_age(view.now - *inferred.as_of)),
         "see why it cannot be read"});
  if (!exposure.proven.as_of)
    found.push_back(
        {"proof.none", Severity::unknown, "no restore has proven anything yet", "run: outrider drill"});
  else if (exposure.proven.fade == Fade::stale)
    found.push_back({"proof.stale", Severity::unknown,
                     fmt::format("the last proof is {} old", show_age(view.now - *exposure.proven.as_of)),
                     "run: outrider drill; and see why the schedule did not"});
  else if (exposure.proven.fade == Fade::fading)
    found.push_back({"proof.fading", Severity::warning,
                     fmt::format("the last proof is {} old", show_age(view.now - *exposure.proven.as_of)),
                     "run: outrider drill"});
}

void judge_server(const ExposureView& view, Judgements& found) {
  if (view.evidence == nullptr ||
      fade_of_look(view.evidence->taken, view.objectives.proof, view.now) == Fade::stale)
    found.push_back({"server.unseen", Severity::unknown,
                     view.server_trouble.empty() ? "the server was not seen for long" : view.server_trouble,
                     "see whether it runs, and whether outrider may connect"});
}

}  // namespace

std::string_view name_of(PathKind kind) {
  switch (kind) {
    case PathKind::archive: return "archive";
    case PathKind::replica: return "replica";
    case PathKind::dump: return "dump";
    case PathKind::snapshot: return "snapshot";
  }
  return "archive";
}

Loss loss_behind(wal::Lsn safe, const ExposureView& view, const CheckedReach* checked) {
  const Track* const track = view.track;
  const bool last_is_safe = checked != nullptr && checked->last_commit && checked->lsn <= safe;
  if (fresh(view) && track != nullptr) {
    if (track->quiet_at && *track->quiet_at <= safe)
      return {core::Duration{}, true, "no transaction that wrote has ended behind it"};
    if (last_is_safe && none_since(checked->last_commit->xid, track->transactions))
      return {core::Duration{}, true, "its last commit is the server's last"};
  }
  std::optional<core::WallTime> at;
  std::string why;
  const auto take = [&at, &why](core::WallTime when, std::string because) {
    if (at && *at >= when) return;
    at = when;
    why = std::move(because);
  };
  if (view.canaries != nullptr) {
    if (const auto* const canary = canary_before(*view.canaries, safe))
      take(canary->acknowledged, fmt::format("canary {} is the last one in it", canary->id));
  }
  if (track != nullptr) {
    if (const Mark* const mark = mark_before(*track, safe))
      take(mark->at, fmt::format("WAL was at {} then", mark->written.text()));
  }
  if (last_is_safe) take(checked->last_commit->time - skew_of(view.evidence), "of its last commit");
  if (!at)
    return {std::nullopt, false,
            "nothing was seen of the time at which WAL was there; a canary or the next segment will tell"};
  return {std::max(core::Duration(view.now - *at), core::Duration{}), false, std::move(why)};
}

Exposure expose(const ExposureView& view) {
  Exposure exposure;
  exposure.at = view.now;
  judge_server(view, exposure.faults);
  for (const CatalogView& catalog : view.catalogs) {
    const bool archive = catalog.listing == nullptr || catalog.listing->archives_wal;
    exposure.paths.push_back(archive ? archive_path(catalog, view) : copy_path(catalog, view));
    if (view.standby != nullptr && view.standby->catalog == catalog.target)
      exposure.paths.back().continuous = continuous_figure(view);
    judge_path(catalog, exposure.paths.back(), view, exposure.faults);
  }
  if (view.evidence != nullptr && view.evidence->replicas) {
    for (const ReplicaView& replica : *view.evidence->replicas) {
      if (replica.state != "backup") exposure.paths.push_back(replica_path(replica, view));
    }
  }
  for (std::size_t i = 0; i < exposure.paths.size(); ++i) {
    if (!exposure.main || better(exposure.paths[i], exposure.paths[*exposure.main])) exposure.main = i;
  }
  if (exposure.main) {
    const Path& main = exposure.paths[*exposure.main];
    exposure.claimed = main.claimed;
    exposure.inferred = main.inferred;
    exposure.drilled = main.proven;
    exposure.continuous = main.continuous;
    exposure.proven = better_proof(exposure.drilled, exposure.continuous);
    exposure.level = main.inferred.rpo ? main.inferred.level : Level::unknown;
  } else {
    exposure.inferred.why = "there is no way back: neither a catalog of backups nor a replica";
  }
  judge_standby_found(view, exposure.faults);
  judge_figures(exposure, view, exposure.faults);
  std::stable_sort(
      exposure.faults.begin(), exposure.faults.end(),
      [](const Judgement& left, const Judgement& right) { return left.severity > right.severity; });
  exposure.sentence = sentence_of(exposure, view);
  return exposure;
}

}  // namespace outrider::recovery
