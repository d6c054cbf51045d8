#include "agent/recovery/gate/checks.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;

std::optional<double> seconds_of(const std::optional<core::Duration>& length) {
  return length ? std::optional(core::to_seconds(*length)) : std::nullopt;
}
std::optional<double> age_of(const std::optional<core::WallTime>& when, core::WallTime now) {
  if (!when || when->time_since_epoch().count() == 0) return std::nullopt;
  return std::max(0.0, core::to_seconds(now - *when));
}

void add(CheckResult& result, Severity severity, std::string id, std::string sentence,
         std::string hint = {}) {
  result.details.push_back({std::move(id), severity, std::move(sentence), std::move(hint), {}});
}

// Those whose id begins with one of these words.
void take(CheckResult& result, const Judgements& from, std::initializer_list<std::string_view> words) {
  for (const Judgement& judgement : from) {
    const bool wanted = std::any_of(words.begin(), words.end(), [&judgement](std::string_view word) {
      return judgement.id.starts_with(word);
    });
    if (wanted) result.details.push_back(judgement);
  }
}

Measure measure(std::string label, std::optional<double> value, std::string unit,
                std::optional<double> warn = {}, std::optional<double> crit = {}) {
  return {std::move(label), value, std::move(unit), warn, crit, 0.0, std::nullopt};
}

bool server_seen(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  const bool seen = snapshot.evidence &&
                    fade_of_look(snapshot.evidence->taken, snapshot.objectives.proof, now) != Fade::stale;
  if (seen) return true;
  add(result, Severity::unknown, "server.unseen",
      snapshot.server_trouble.empty() ? "the server was not seen lately" : snapshot.server_trouble,
      "see whether it runs, and whether outrider may connect");
  return false;
}

void check_rpo(CheckResult& result, const Snapshot& snapshot) {
  const Exposure& exposure = snapshot.exposure;
  take(result, exposure.faults, {"server."});  // the cause before what follows from it
  if (exposure.sentence.empty())
    add(result, Severity::unknown, "rpo.unknown", "nothing is known of what would be lost");
  else
    add(result, exposure.inferred.rpo ? Severity::fine : Severity::unknown, "rpo", exposure.sentence);
  take(result, exposure.faults, {"rpo.", "archive.disagrees", "drill.disproved"});
  take(result, snapshot.judgements, {"identity."});
  const double most = core::to_seconds(snapshot.objectives.rpo);
  result.measures.push_back(measure("rpo", seconds_of(exposure.inferred.rpo), "s", most * 0.8, most));
  result.measures.push_back(measure("rpo_claimed", seconds_of(exposure.claimed.rpo), "s"));
  result.measures.push_back(measure("rpo_proven", seconds_of(exposure.proven.rpo), "s", {}, most));
}

void check_rto(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  const Forecast& forecast = snapshot.forecast;
  Severity severity = Severity::fine;
  if (!forecast.known())
    severity = Severity::unknown;
  else if (forecast.breached)
    severity = Severity::critical;
  else if (forecast.breach && *forecast.breach - now < std::chrono::hours(1))
    severity = Severity::warning;
  add(result, severity, "rto",
      forecast.sentence.empty() ? "how long a restore would take is unknown" : forecast.sentence,
      forecast.advice);
  const double most = core::to_seconds(snapshot.objectives.rto);
  result.measures.push_back(measure("rto", seconds_of(forecast.cautious), "s", {}, most));
  result.measures.push_back(measure("rto_expected", seconds_of(forecast.expected), "s"));
  result.measures.push_back(measure("drills_measured", static_cast<double>(forecast.rates.drills), ""));
}

void check_backup(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  if (snapshot.catalogs.empty())
    add(result, Severity::unknown, "backup.no_catalog", "no catalog of backups is configured",
        "name one under recovery in the configuration");
  std::optional<double> youngest;
  for (const CatalogStatus& catalog : snapshot.catalogs) {
    const Fade look = fade_of_look(catalog.listed, snapshot.objectives.proof, now);
    if (catalog.listed.time_since_epoch().count() == 0 || look == Fade::stale)
      add(result, Severity::unknown, "backup.unread:" + catalog.target,
          fmt::format("{} was not read lately{}", catalog.target,
                      catalog.trouble.empty() ? std::string() : ": " + catalog.trouble));
    else if (catalog.newest_stopped)
      add(result, Severity::fine, "backup:" + catalog.target,
          fmt::format("{} has {} backups; the newest, {}, is {} old", catalog.target, catalog.sets,
                      catalog.newest, show_age(now - *catalog.newest_stopped)));
    const auto age = age_of(catalog.newest_stopped, now);
    if (age && (!youngest || *age < *youngest)) youngest = age;
    take(result, catalog.judgements, {"backup.", "retention."});
  }
  take(result, snapshot.exposure.faults, {"path.unusable", "catalog."});
  result.measures.push_back(measure("backup_age", youngest, "s"));
}

void check_archive(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  if (server_seen(result, snapshot, now)) {
    const auto& archiver = snapshot.evidence->archiver;
    if (archiver)
      add(result, Severity::fine, "archive",
          archiver->last_archived.empty()
              ? std::string("nothing was archived yet")
              : fmt::format("the last archived file is {}", archiver->last_archived));
  }
  take(result, snapshot.judgements, {"archiver.", "settings.", "wal.", "identity."});
  take(result, snapshot.exposure.faults, {"archive.", "catalog."});
  std::optional<double> gaps;
  for (const CatalogStatus& catalog : snapshot.catalogs) {
    if (!catalog.archives_wal || catalog.listed.time_since_epoch().count() == 0) continue;
    gaps = gaps.value_or(0) + static_cast<double>(catalog.gaps.size());
  }
  if (!gaps) add(result, Severity::unknown, "archive.unread", "no archive was read yet");
  const auto& evidence = snapshot.evidence;
  const bool ready = evidence && evidence->ready;
  result.measures.push_back(measure(
      "ready", ready ? std::optional(static_cast<double>(evidence->ready->count)) : std::nullopt, ""));
  result.measures.push_back(measure("gaps", gaps, "", {}, 0.0));
  result.measures.push_back(measure("wal_rate", snapshot.wal_rate.average, "B"));
}

void check_replication(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  if (!server_seen(result, snapshot, now)) return;
  const Evidence& evidence = *snapshot.evidence;
  if (!evidence.replicas || !evidence.slots)
    add(result, Severity::unknown, "replica.unseen", "replicas and slots cannot be seen",
        "grant pg_monitor to the role that outrider uses");
  else
    add(result, Severity::fine, "replica",
        fmt::format("{} replicas and {} slots are as they should be", evidence.replicas->size(),
                    evidence.slots->size()));
  take(result, snapshot.judgements, {"replica.", "standby.", "slot."});
  if (!evidence.replicas) return;
  std::uint64_t most = 0;
  for (const ReplicaView& replica : *evidence.replicas) {
    if (replica.flushed && evidence.written && *evidence.written > *replica.flushed)
      most = std::max(most, evidence.written->value - replica.flushed->value);
  }
  result.measures.push_back(measure("replicas", static_cast<double>(evidence.replicas->size()), ""));
  result.measures.push_back(measure("replica_behind", static_cast<double>(most), "B"));
}

void check_drill(CheckResult& result, const Snapshot& snapshot, core::WallTime now) {
  const Figure& proven = snapshot.exposure.proven;
  if (!snapshot.drills.empty()) {
    const DrillRecord& last = snapshot.drills.back();
    const Severity severity = last.finding == Finding::proven      ? Severity::fine
                              : last.finding == Finding::disproved ? Severity::critical
                                                                   : Severity::unknown;
    add(result, severity, "drill",
        fmt::format("the last drill, {} ago: {}", show_age(now - last.ended), last.sentence));
  }
  if (!proven.as_of)
    add(result, Severity::unknown, "proof.none", "no restore has proven anything yet", "run: outrider drill");
  take(result, snapshot.exposure.faults, {"proof.stale", "proof.fading", "proof.standby", "drill."});
  if (snapshot.standby && snapshot.exposure.continuous.as_of)
    add(result, Severity::fine, "proof.continuous",
        fmt::format("the proof standby replayed to {} {} ago", snapshot.exposure.continuous.to->text(),
                    show_age(now - *snapshot.exposure.continuous.as_of)));
  const Fading& fading = snapshot.objectives.proof;
  result.measures.push_back(measure("proof_age", age_of(proven.as_of, now), "s",
                                    core::to_seconds(fading.fresh_for),
                                    core::to_seconds(fading.stale_after)));
}

void require(CheckResult& result, bool known, bool holds, std::string_view what, const std::string& is) {
  const Severity severity = !known ? Severity::unknown : holds ? Severity::fine : Severity::critical;
  add(result, severity, "require",
      !known  ? fmt::format("{} is required, and it is unknown: {}", what, is)
      : holds ? fmt::format("{} holds: {}", what, is)
              : fmt::format("{} is required, and it is {}", what, is));
}

void require_level(CheckResult& result, Level wanted, const Exposure& exposure) {
  const bool inferred = exposure.inferred.rpo && exposure.inferred.fade != Fade::stale;
  Level level = inferred ? exposure.inferred.level : Level::unknown;
  for (const Figure* const proof : {&exposure.proven, &exposure.drilled, &exposure.continuous}) {
    if (proof->as_of && proof->fade != Fade::stale) level = std::max(level, proof->level);
  }
  require(result, level != Level::unknown, level >= wanted, "level " + name_of(wanted), name_of(level));
}

// Null: there is none. A proof of a lower level than is asked for does not make an older one young.
const core::WallTime* what_ages(Check check, const Requirement& requirement, const Snapshot& snapshot) {
  if (check != Check::backup) {
    const Exposure& exposure = snapshot.exposure;
    const Level least = std::max(requirement.level.value_or(Level::unknown), Level::replayed);
    const core::WallTime* youngest = nullptr;
    for (const Figure* const proof : {&exposure.proven, &exposure.drilled, &exposure.continuous}) {
      const bool counts = proof->as_of && proof->level >= least;
      if (counts && (youngest == nullptr || *youngest < *proof->as_of)) youngest = &*proof->as_of;
    }
    return youngest;
  }
  const core::WallTime* newest = nullptr;
  for (const CatalogStatus& catalog : snapshot.catalogs) {
    if (catalog.newest_stopped && (newest == nullptr || *newest < *catalog.newest_stopped))
      newest = &*catalog.newest_stopped;
  }
  return newest;
}

void require_age(CheckResult& result, const Requirement& requirement, Check check, const Snapshot& snapshot,
                 core::WallTime now) {
  const core::Duration most = *requirement.age;
  const core::WallTime* const when = what_ages(check, requirement, snapshot);
  const std::string what = fmt::format("{} younger than {}", check == Check::backup ? "a backup" : "a proof",
                                       core::show_duration(most));
  if (when == nullptr)
    require(result, false, false, what, "there is none");
  else
    require(result, true, now - *when < most, what, show_age(now - *when) + " old");
}

// Of this very point on this very cluster: the last drill that went there says it.
void require_point(CheckResult& result, const Requirement& requirement, const Snapshot& snapshot,
                   core::WallTime now) {
  const std::string what = "a proof of restore point " + *requirement.point;
  if (!snapshot.evidence || !snapshot.evidence->system_id) {
    require(result, false, false, what, "which cluster this is, is not known");
    return;
  }
  const std::uint64_t system = *snapshot.evidence->system_id;
  const DrillRecord* last = nullptr;
  for (const DrillRecord& drill : snapshot.drills) {
    const auto& point = drill.restore_point;
    if (point && point->name == *requirement.point && drill.system_id == system) last = &drill;
  }
  if (last == nullptr) {
    require(result, false, false, what, "no drill went there: outrider drill --restore-point");
    return;
  }
  const bool known = last->finding != Finding::could_not_verify;
  const bool fresh = requirement.age ? now - last->ended < *requirement.age
                                     : fade_of(last->ended, snapshot.objectives.proof, now) == Fade::fresh;
  const bool holds = last->finding == Finding::proven && fresh;
  require(result, known, holds, what,
          fmt::format("drill {}, {} ago: {}", last->id, show_age(now - last->ended), last->sentence));
}

void require_length(CheckResult& result, core::Duration most, const std::optional<core::Duration>& is,
                    std::string_view name, const std::string& why) {
  require(result, is.has_value(), is && *is <= most,
          fmt::format("{} within {}", name, core::show_duration(most)), is ? show_age(*is) : why);
}

}  // namespace

void conclude(CheckResult& result) {
  std::stable_sort(
      result.details.begin(), result.details.end(),
      [](const Judgement& left, const Judgement& right) { return left.severity > right.severity; });
  if (result.details.empty()) {
    result.severity = Severity::unknown;
    result.sentence = "nothing is known";
    return;
  }
  result.severity = result.details.front().severity;
  result.sentence = result.details.front().sentence;
}

CheckResult run_check(Check check, const Snapshot& snapshot, core::WallTime now) {
  CheckResult result;
  result.check = check;
  switch (check) {
    case Check::rpo: check_rpo(result, snapshot); break;
    case Check::rto: check_rto(result, snapshot, now); break;
    case Check::backup: check_backup(result, snapshot, now); break;
    case Check::archive: check_archive(result, snapshot, now); break;
    case Check::replication: check_replication(result, snapshot, now); break;
    case Check::drill: check_drill(result, snapshot, now); break;
    case Check::all: break;
  }
  conclude(result);
  return result;
}

CheckResult run_requirement(const Requirement& requirement, Check check, const Snapshot& snapshot,
                            core::WallTime now) {
  CheckResult result;
  result.check = check;
  const Exposure& exposure = snapshot.exposure;
  if (requirement.level) require_level(result, *requirement.level, exposure);
  if (requirement.age) require_age(result, requirement, check, snapshot, now);
  if (requirement.point) require_point(result, requirement, snapshot, now);
  if (requirement.rpo)
    require_length(result, *requirement.rpo, exposure.inferred.rpo, "RPO", exposure.inferred.why);
  if (requirement.rto)
    require_length(result, *requirement.rto, snapshot.forecast.cautious, "RTO", snapshot.forecast.why);
  if (requirement.budget)
    require(result, true, snapshot.budget.left > *requirement.budget,
            fmt::format("more than {:.0f}% of the error budget left", *requirement.budget * 100),
            fmt::format("{:.0f}%", snapshot.budget.left * 100));
  if (requirement.backlog) {
    const bool known = snapshot.evidence && snapshot.evidence->ready;
    const std::uint64_t count = known ? snapshot.evidence->ready->count : 0;
    require(result, known, count < *requirement.backlog,
            fmt::format("a backlog below {}", *requirement.backlog),
            known ? fmt::format("{}", count) : std::string("the archiver's queue cannot be seen"));
  }
  conclude(result);
  return result;
}

CheckResult run_what_if(std::uint64_t bytes, const Snapshot& snapshot, Forecast& forecast) {
  ForecastView view = snapshot.forecast_view;
  view.drills = &snapshot.drills;
  forecast = with_more_wal(std::move(view), bytes);
  CheckResult result;
  result.check = Check::rto;
  const std::string volume = core::show_bytes(bytes);
  const std::string promise = core::show_duration(snapshot.objectives.rto);
  if (!forecast.known())
    add(result, Severity::unknown, "what_if",
        fmt::format("how long a restore would take after {} more of WAL is unknown: {}", volume,
                    forecast.why));
  else
    add(result, forecast.breached ? Severity::critical : Severity::fine, "what_if",
        fmt::format("after {} more of WAL a restore would take {}, of the {} that are promised", volume,
                    show_age(*forecast.cautious), promise),
        forecast.breached ? "take a backup between its steps, or let it write less at a time" : "");
  result.measures.push_back(measure("rto_what_if", seconds_of(forecast.cautious), "s", {},
                                    core::to_seconds(snapshot.objectives.rto)));
  conclude(result);
  return result;
}

}  // namespace outrider::recovery
