#include "agent/recovery/metrics.hpp"

#include "agent/core/seconds.hpp"
#include "agent/recovery/alarms/metrics.hpp"
#include "agent/recovery/standby/metrics.hpp"

#include <array>
#include <limits>
#include <map>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace outrider::recovery {
namespace {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, 5> range_states{"same", "differing", "busy", "young", "unread"};
constexpr std::array<const char*, 6> phases{"find", "fetch", "start", "replay", "promote", "verify"};

double seconds_of(const std::optional<core::Duration>& length) {
  return length ? core::to_seconds(*length) : not_known;
}
double unix_of(const std::optional<core::WallTime>& when) {
  return when && when->time_since_epoch().count() != 0 ? core::to_seconds(when->time_since_epoch())
                                                       : not_known;
}
double level_of(Level level) { return level == Level::unknown ? not_known : static_cast<double>(level) - 1; }

const Judgement* judged(const Judgements& judgements, std::string_view id) {
  for (const Judgement& judgement : judgements) {
    if (judgement.id.starts_with(id)) return &judgement;
  }
  return nullptr;
}

}  // namespace

class RecoveryMetrics::Series {
 public:
  Series(prometheus::Registry& registry, std::string cluster)
      : standby(registry, cluster),
        alarms(registry, cluster),
        registry_(registry),
        cluster_(std::move(cluster)) {
    promised();
    archive();
    drills();
    contents();
  }
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;
  ~Series() {
    for (const auto& [family, gauge] : gauges_) family->Remove(gauge);
    for (const auto& [family, counter] : counters_) family->Remove(counter);
  }

  void show_promises(const Snapshot& snapshot);
  void show_archive(const Snapshot& snapshot);
  void show_server(const Snapshot& snapshot);
  void show_contents(const Snapshot& snapshot);

  // ---- what is promised, and how it stands
  std::array<prometheus::Gauge*, 3> rpo{};
  prometheus::Gauge *rpo_objective = nullptr, *rto_objective = nullptr;
  prometheus::Gauge *rto_expected = nullptr, *rto_cautious = nullptr, *breach = nullptr;
  prometheus::Gauge *level = nullptr, *proof_level = nullptr, *last_proof = nullptr, *budget = nullptr,
                    *fresh_for = nullptr;
  std::array<prometheus::Gauge*, 3> findings{};

  // ---- archive and server
  prometheus::Gauge *taken = nullptr, *last_backup = nullptr, *gaps = nullptr, *broken = nullptr,
                    *disagrees = nullptr;
  prometheus::Gauge *verified = nullptr, *unverified = nullptr;
  prometheus::Gauge *ready = nullptr, *stalled = nullptr, *wal_rate = nullptr, *full = nullptr,
                    *slots = nullptr;

  // ---- drills
  std::array<prometheus::Counter*, 3> ended{};
  std::map<std::string, prometheus::Gauge*> phase;
  std::array<prometheus::Gauge*, 5> ranges{};
  prometheus::Gauge* compared = nullptr;

  StandbyMetrics standby;
  AlarmMetrics alarms;

 private:
  prometheus::Gauge* gauge(prometheus::Family<prometheus::Gauge>& family, prometheus::Labels labels = {}) {
    labels["cluster"] = cluster_;
    prometheus::Gauge& series = family.Add(labels, not_known);
    gauges_.emplace_back(&family, &series);
    return &series;
  }
  static prometheus::detail::Builder<prometheus::Gauge> named(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help);
  }

  void promised() {
    auto& rpo_family = named("outrider_recovery_rpo_seconds", "What would be lost if the primary died now")
                           .Register(registry_);
    for (std::size_t i = 0; i < 3; ++i)
      rpo[i] = gauge(rpo_family, {{"kind", std::array{"claimed", "inferred", "proven"}[i]}});
    rpo_objective =
        gauge(named("outrider_recovery_rpo_objective_seconds", "What may be lost").Register(registry_));
    auto& rto = named("outrider_recovery_rto_forecast_seconds", "How long a restore would take now")
                    .Register(registry_);
    rto_expected = gauge(rto, {{"bound", "expected"}});
    rto_cautious = gauge(rto, {{"bound", "cautious"}});
    rto_objective = gauge(
        named("outrider_recovery_rto_objective_seconds", "How long a restore may take").Register(registry_));
    breach = gauge(named("outrider_recovery_rto_breach_timestamp_seconds",
                         "When a restore would begin to take longer than it may, at today's rate of WAL")
                       .Register(registry_));
    level = gauge(named("outrider_recovery_level", "How well the RPO is known: 0 claimed to 4 asserted")
                      .Register(registry_));
    proof_level =
        gauge(named("outrider_recovery_proof_level", "What the last proof proved: 3 replayed, 4 asserted")
                  .Register(registry_));
    last_proof =
        gauge(named("outrider_recovery_last_proof_timestamp_seconds", "When a drill last proved a backup")
                  .Register(registry_));
    fresh_for = gauge(named("outrider_recovery_proof_fresh_for_seconds", "How long a proof counts in full")
                          .Register(registry_));
    budget = gauge(named("outrider_recovery_budget_left_ratio", "What is left of the error budget of the RPO")
                       .Register(registry_));
    auto& found =
        named("outrider_recovery_findings", "Findings that hold now, by severity").Register(registry_);
    for (std::size_t i = 0; i < 3; ++i)
      findings[i] = gauge(found, {{"severity", std::array{"warning", "unknown", "critical"}[i]}});
  }

  void archive() {
    taken = gauge(named("outrider_recovery_snapshot_timestamp_seconds", "When all this was last put together")
                      .Register(registry_));
    last_backup = gauge(
        named("outrider_recovery_last_backup_timestamp_seconds", "When the newest complete backup ended")
            .Register(registry_));
    gaps = gauge(named("outrider_recovery_archive_gaps", "Gaps in the archived WAL").Register(registry_));
    broken = gauge(
        named("outrider_recovery_archive_broken_segments", "Archived segments that are not what was written")
            .Register(registry_));
    disagrees = gauge(named("outrider_recovery_archive_disagrees",
                            "1 while the archiver claims what the archive does not have")
                          .Register(registry_));
    auto& segments =
        named("outrider_recovery_archive_segments", "Archived segments on the way, by whether they were read")
            .Register(registry_);
    verified = gauge(segments, {{"state", "verified"}});
    unverified = gauge(segments, {{"state", "unverified"}});
    ready = gauge(named("outrider_recovery_archiver_ready_files", "Files that wait to be archived")
                      .Register(registry_));
    stalled = gauge(named("outrider_recovery_archiver_stalled", "1 while the archiver stands still or fails")
                        .Register(registry_));
    wal_rate = gauge(
        named("outrider_recovery_wal_bytes_per_second", "WAL that is written, over a quarter of an hour")
            .Register(registry_));
    full = gauge(named("outrider_recovery_wal_volume_full_seconds",
                       "How long until the disk of pg_wal is full if nothing were removed from it")
                     .Register(registry_));
    slots = gauge(named("outrider_recovery_slot_retained_bytes",
                        "WAL that the slot without reader that holds most, holds")
                      .Register(registry_));
  }

  void drills() {
    auto& total = prometheus::BuildCounter()
                      .Name("outrider_recovery_drills_total")
                      .Help("Drills that ended, by what they found")
                      .Register(registry_);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string finding(std::array{"proven", "disproved", "could_not_verify"}[i]);
      ended[i] = &total.Add({{"cluster", cluster_}, {"finding", finding}});
      counters_.emplace_back(&total, ended[i]);
    }
    auto& took = named("outrider_recovery_drill_phase_seconds", "How long each phase of the last drill took")
                     .Register(registry_);
    for (const char* const name : phases) phase[name] = gauge(took, {{"phase", name}});
  }

  void contents() {
    auto& family = named("outrider_recovery_content_ranges",
                         "Ranges of tables whose hashes the last drill compared with the source's")
                       .Register(registry_);
    for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i] = gauge(family, {{"state", range_states[i]}});
    compared =
        gauge(named("outrider_recovery_content_compared_ratio",
                    "The share of the tables' bytes whose hashes the last drill found to be the source's")
                  .Register(registry_));
  }

  prometheus::Registry& registry_;
  std::string cluster_;
  std::vector<std::pair<prometheus::Family<prometheus::Gauge>*, prometheus::Gauge*>> gauges_;
  std::vector<std::pair<prometheus::Family<prometheus::Counter>*, prometheus::Counter*>> counters_;
};

namespace {

void show_findings(const Snapshot& snapshot, const std::array<prometheus::Gauge*, 3>& findings) {
  std::array<double, 3> count{};
  const auto add = [&count](const Judgements& judgements) {
    for (const Judgement& judgement : judgements) {
      if (judgement.severity != Severity::fine) ++count[static_cast<std::size_t>(judgement.severity) - 1];
    }
  };
  add(snapshot.judgements);
  add(snapshot.exposure.faults);
  for (const CatalogStatus& catalog : snapshot.catalogs) add(catalog.judgements);
  for (std::size_t i = 0; i < 3; ++i) findings[i]->Set(count[i]);
}

}  // namespace

RecoveryMetrics::RecoveryMetrics(prometheus::Registry& registry, const std::string& cluster)
    : series_(std::make_unique<Series>(registry, cluster)) {}

RecoveryMetrics::~RecoveryMetrics() = default;

void RecoveryMetrics::alarms_drilled(const AlarmRecord& record) { series_->alarms.show(record); }

void RecoveryMetrics::alarm_drilling(const std::string& id) { series_->alarms.drilling(id); }

void RecoveryMetrics::drilled(const DrillRecord& record) {
  series_->ended[static_cast<std::size_t>(record.finding)]->Increment();
  for (const auto& [name, gauge] : series_->phase) {
    double seconds = not_known;
    for (const Phase& phase : record.phases) {
      if (phase.name == name) seconds = core::to_seconds(phase.took);
    }
    gauge->Set(seconds);
  }
}

void RecoveryMetrics::Series::show_promises(const Snapshot& snapshot) {
  const Exposure& exposure = snapshot.exposure;
  rpo[0]->Set(seconds_of(exposure.claimed.rpo));
  rpo[1]->Set(seconds_of(exposure.inferred.rpo));
  rpo[2]->Set(seconds_of(exposure.proven.rpo));
  rpo_objective->Set(core::to_seconds(snapshot.objectives.rpo));
  rto_objective->Set(core::to_seconds(snapshot.objectives.rto));
  rto_expected->Set(seconds_of(snapshot.forecast.expected));
  rto_cautious->Set(seconds_of(snapshot.forecast.cautious));
  breach->Set(unix_of(snapshot.forecast.breach));
  level->Set(level_of(exposure.level));
  proof_level->Set(level_of(exposure.drilled.level));
  last_proof->Set(unix_of(exposure.drilled.as_of));
  fresh_for->Set(core::to_seconds(snapshot.objectives.proof.fresh_for));
  budget->Set(snapshot.budget.left);
  show_findings(snapshot, findings);
}

void RecoveryMetrics::Series::show_archive(const Snapshot& snapshot) {
  const Exposure& exposure = snapshot.exposure;
  taken->Set(unix_of(snapshot.taken));
  std::optional<core::WallTime> newest;
  double holes = not_known, read = not_known, unread = not_known;
  for (const CatalogStatus& catalog : snapshot.catalogs) {
    if (catalog.newest_stopped && (!newest || *newest < *catalog.newest_stopped))
      newest = catalog.newest_stopped;
    if (!catalog.archives_wal || catalog.listed.time_since_epoch().count() == 0) continue;
    const auto plus = [](double sum, std::size_t more) {
      return (sum == sum ? sum : 0) + static_cast<double>(more);
    };
    holes = plus(holes, 0);
    read = plus(read, catalog.verified);
    unread = plus(unread, catalog.unverified);
  }
  last_backup->Set(unix_of(newest));
  // Those that newer backups do not need are warnings, and no reason to be called.
  double damaged = holes;  // as unknown, or as known, as they are
  for (const Judgement& fault : exposure.faults) {
    holes += fault.id.starts_with("archive.gap:") && fault.severity == Severity::critical ? 1 : 0;
    damaged += fault.id.starts_with("archive.broken:") ? 1 : 0;
  }
  gaps->Set(holes);
  broken->Set(damaged);
  verified->Set(read);
  unverified->Set(unread);
  const bool compared = exposure.claimed.to && exposure.main &&
                        exposure.paths[*exposure.main].kind == PathKind::archive && holes == holes;
  disagrees->Set(judged(exposure.faults, "archive.disagrees") != nullptr ? 1 : compared ? 0 : not_known);
}

void RecoveryMetrics::Series::show_server(const Snapshot& snapshot) {
  wal_rate->Set(snapshot.wal_rate.average.value_or(not_known));
  const auto& evidence = snapshot.evidence;
  ready->Set(evidence && evidence->ready ? static_cast<double>(evidence->ready->count) : not_known);
  const bool stands = judged(snapshot.judgements, "archiver.stalled") != nullptr ||
                      judged(snapshot.judgements, "archiver.failing") != nullptr;
  stalled->Set(stands ? 1 : evidence && evidence->archiver ? 0 : not_known);
  double until_full = not_known, held = evidence && evidence->slots ? 0 : not_known;
  if (evidence && evidence->wal_free_bytes && snapshot.wal_rate.average.value_or(0) > 0)
    until_full = static_cast<double>(*evidence->wal_free_bytes) / *snapshot.wal_rate.average;
  if (evidence && evidence->slots) {
    for (const SlotView& slot : *evidence->slots) {
      if (!slot.active.value_or(true))
        held = std::max(held, static_cast<double>(slot.retained_bytes.value_or(0)));
    }
  }
  full->Set(until_full);
  slots->Set(held);
}

void RecoveryMetrics::Series::show_contents(const Snapshot& snapshot) {
  std::optional<ContentFinding> last;
  if (!snapshot.drills.empty()) last = snapshot.drills.back().contents;
  const std::array<double, 5> counts =
      last ? std::array<double, 5>{static_cast<double>(last->same), static_cast<double>(last->differing),
                                   static_cast<double>(last->busy), static_cast<double>(last->young),
                                   static_cast<double>(last->unread)}
           : std::array<double, 5>{not_known, not_known, not_known, not_known, not_known};
  for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i]->Set(counts[i]);
  const bool known = last && last->table_bytes > 0;
  compared->Set(known ? static_cast<double>(last->same_bytes) / static_cast<double>(last->table_bytes)
                      : not_known);
}

void RecoveryMetrics::show(const Snapshot& snapshot) {
  series_->show_contents(snapshot);
  series_->show_promises(snapshot);
  series_->show_archive(snapshot);
  series_->show_server(snapshot);
  series_->standby.show(snapshot.standby, snapshot.exposure.continuous.rpo);
}

}  // namespace outrider::recovery
