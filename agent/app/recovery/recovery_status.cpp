#include "agent/app/recovery/recovery_status.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::app {
namespace {

core::RecoveryFigure figure(std::string name, const recovery::Figure& figure, core::WallTime now) {
  core::RecoveryFigure shown;
  shown.name = std::move(name);
  shown.value = figure.rpo ? core::show_age(*figure.rpo) : "unknown";
  shown.how = recovery::name_of(figure.level);
  if (figure.as_of) shown.how += fmt::format(", {} ago", core::show_age(now - *figure.as_of));
  if (figure.fade == recovery::Fade::fading || figure.fade == recovery::Fade::stale) {
    shown.how += fmt::format(", {}", recovery::name_of(figure.fade));
  }
  if (!figure.why.empty()) shown.how += "; " + figure.why;
  return shown;
}

void take(const recovery::Judgements& judgements, std::vector<core::Concern>& concerns) {
  for (const auto& one : judgements) {
    if (one.severity != core::Severity::fine)
      concerns.push_back({one.severity, one.sentence, one.hint, one.id});
  }
}

// A way back beside the main one: what it is known to give, else what it is claimed to.
core::RecoveryFigure other_way(const recovery::Path& path, core::WallTime now) {
  core::RecoveryFigure shown = figure({}, path.inferred.rpo ? path.inferred : path.claimed, now);
  shown.name = fmt::format("Lost, by {}", recovery::name_of(path.kind));
  shown.how = core::clean_utf8(path.name) + ": " + shown.how;
  if (path.usable == recovery::Answer::yes) return shown;
  shown.value = path.usable == recovery::Answer::no ? "not usable" : "unknown";
  shown.how = core::clean_utf8(fmt::format("{}: {}", path.name, path.why));
  return shown;
}

std::string standby_in_words(const recovery::StandbyStatus& standby, core::WallTime now) {
  std::string state(recovery::name_of(standby.state));
  std::replace(state.begin(), state.end(), '_', ' ');
  std::string text =
      fmt::format("{} for {}: {}", state, core::show_age(now - standby.since), standby.sentence);
  if (standby.replayed) text += fmt::format("; replayed to {}", standby.replayed->text());
  if (standby.bytes_per_second) {
    text += fmt::format(", at {} a second{}",
                        core::show_bytes(static_cast<std::uint64_t>(*standby.bytes_per_second)),
                        standby.throttled ? " under its ceiling" : "");
  }
  return text;
}

void take(const recovery::CatalogStatus& catalog, std::vector<core::Concern>& concerns) {
  if (!catalog.trouble.empty()) {
    concerns.push_back({core::Severity::unknown,
                        fmt::format("{} cannot be read: {}", catalog.target, catalog.trouble), "",
                        "catalog.unread:" + catalog.target});
  }
  take(catalog.judgements, concerns);
  for (const auto& gap : catalog.gaps) {
    const bool delayed = gap.state == recovery::LinkState::delayed;
    concerns.push_back({delayed ? core::Severity::warning : core::Severity::critical, gap.what, "",
                        "archive.gap:" + catalog.target});
  }
}

}  // namespace

core::RecoveryStatus recovery_status(const recovery::Snapshot& snapshot) {
  core::RecoveryStatus status;
  status.cluster = snapshot.cluster;
  if (snapshot.taken == core::WallTime{}) {
    status.sentence = "nothing is known yet";
    status.concerns.push_back(
        {core::Severity::unknown, "recovery has not been looked at yet", "", "recovery.unseen"});
    return status;
  }
  const auto& exposure = snapshot.exposure;
  status.sentence = exposure.sentence;
  status.forecast =
      snapshot.forecast.known() ? snapshot.forecast.sentence : "unknown: " + snapshot.forecast.why;
  if (!snapshot.forecast.advice.empty()) status.forecast += "; " + snapshot.forecast.advice;
  if (!snapshot.drills.empty()) {
    const auto& last = snapshot.drills.back();
    status.last_drill = fmt::format("{} {} ago: {}", recovery::name_of(last.finding),
                                    core::show_age(snapshot.taken - last.ended), last.sentence);
    if (last.contents && last.contents->same > 0) status.last_drill += "; " + recovery::show(*last.contents);
  } else {
    status.last_drill = "none yet: outrider drill";
  }
  status.figures = {figure("Lost now, proven", exposure.proven, snapshot.taken),
                    figure("Lost now, inferred", exposure.inferred, snapshot.taken),
                    figure("Lost now, claimed", exposure.claimed, snapshot.taken)};
  if (snapshot.standby) {
    status.figures.push_back(figure("Lost now, by the standby", exposure.continuous, snapshot.taken));
    status.proof_standby = standby_in_words(*snapshot.standby, snapshot.taken);
  }
  for (std::size_t i = 0; i < exposure.paths.size(); ++i) {
    if (i != exposure.main) status.figures.push_back(other_way(exposure.paths[i], snapshot.taken));
  }
  if (snapshot.alarms) {
    core::RecoveryFigure alarms;
    alarms.name = "Alarms, drilled";
    alarms.value = recovery::name_of(snapshot.alarms->finding());
    alarms.how = fmt::format("{} ago; {}", core::show_age(snapshot.taken - snapshot.alarms->ended),
                             snapshot.alarms->sentence());
    status.figures.push_back(std::move(alarms));
  }
  if (!snapshot.server_trouble.empty()) {
    status.concerns.push_back({core::Severity::unknown,
                               "the database cannot be looked at: " + snapshot.server_trouble, "",
                               "database.unseen"});
  }
  take(snapshot.judgements, status.concerns);
  take(exposure.faults, status.concerns);
  for (const auto& catalog : snapshot.catalogs) take(catalog, status.concerns);
  return status;
}

}  // namespace outrider::app
