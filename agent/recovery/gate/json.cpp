#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/fingerprint/finding_json.hpp"
#include "agent/recovery/gate/snapshot.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace outrider::recovery {
namespace {

namespace json = boost::json;

json::value seconds(core::Duration length) { return core::to_seconds(length); }
json::value seconds(const std::optional<core::Duration>& length) {
  return length ? seconds(*length) : json::value(nullptr);
}
json::value time(const std::optional<core::WallTime>& when) {
  return when && when->time_since_epoch().count() != 0 ? json::value(core::show_time(*when))
                                                       : json::value(nullptr);
}
json::value place(const std::optional<wal::Lsn>& lsn) {
  return lsn ? json::value(lsn->text()) : json::value(nullptr);
}
template <class T>
json::value maybe(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}
// Too large for the numbers of many readers.
json::value identifier(const std::optional<std::uint64_t>& id) {
  return id ? json::value(std::to_string(*id)) : json::value(nullptr);
}
json::array words(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& word : list) out.emplace_back(core::clean_utf8(word));
  return out;
}
json::array list(const Judgements& judgements) {
  json::array out;
  for (const Judgement& judgement : judgements) out.emplace_back(to_json(judgement));
  return out;
}

json::object figure(const Figure& said) {
  return {{"seconds", seconds(said.rpo)},
          {"level", name_of(said.level)},
          {"as_of", time(said.as_of)},
          {"set", said.set},
          {"to", place(said.to)},
          {"fade", name_of(said.fade)},
          {"idle", said.idle},
          {"why", core::clean_utf8(said.why)}};
}

json::object archiver(const ArchiverView& view) {
  return {{"archived", view.archived},
          {"last_archived", view.last_archived},
          {"last_archived_time", time(view.last_archived_time)},
          {"failed", view.failed},
          {"last_failed", view.last_failed},
          {"last_failed_time", time(view.last_failed_time)}};
}

json::array replicas(const std::vector<ReplicaView>& views) {
  json::array out;
  for (const ReplicaView& view : views)
    out.push_back(json::object{{"name", view.name},
                               {"state", view.state},
                               {"sync_state", view.sync_state},
                               {"flushed", place(view.flushed)},
                               {"replayed", place(view.replayed)},
                               {"replay_lag_seconds", seconds(view.replay_lag)}});
  return out;
}

json::array slots(const std::vector<SlotView>& views) {
  json::array out;
  for (const SlotView& view : views)
    out.push_back(json::object{{"name", view.name},
                               {"kind", view.kind},
                               {"active", maybe(view.active)},
                               {"restart", place(view.restart)},
                               {"wal_status", view.wal_status},
                               {"retained_bytes", maybe(view.retained_bytes)},
                               {"safe_bytes", maybe(view.safe_bytes)}});
  return out;
}

json::object chain_of(const CatalogStatus& status) {
  json::array gaps;
  for (const Gap& gap : status.gaps)
    gaps.push_back(json::object{{"state", name_of(gap.state)},
                                {"first", gap.first_name},
                                {"count", gap.count},
                                {"before", gap.before},
                                {"after", gap.after},
                                {"since", time(gap.since)},
                                {"what", core::clean_utf8(gap.what)}});
  json::object out{{"gaps", std::move(gaps)},
                   {"troubles", words(status.chain_troubles)},
                   {"verified", status.verified},
                   {"unverified", status.unverified},
                   {"broken", words(status.broken)}};
  out["listed_to"] = status.listed_to ? json::value(status.listed_to->lsn.text()) : json::value(nullptr);
  out["checked_to"] = status.checked_to ? json::value(status.checked_to->lsn.text()) : json::value(nullptr);
  return out;
}

json::value retention(const std::optional<catalogs::Retention>& kept) {
  if (!kept) return nullptr;
  const auto whole = [](const std::optional<std::uint32_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
  };
  return json::object{{"fulls", whole(kept->fulls)},
                      {"differentials", whole(kept->differentials)},
                      {"days", whole(kept->days)}};
}

json::object catalog(const CatalogStatus& status) {
  return {{"target", status.target},
          {"tool", status.tool},
          {"listed", time(status.listed)},
          {"trouble", core::clean_utf8(status.trouble)},
          {"archives_wal", status.archives_wal},
          {"sets", status.sets},
          {"newest", status.newest},
          {"newest_kind", status.newest_kind},
          {"newest_stopped", time(status.newest_stopped)},
          {"oldest_restorable", time(status.oldest_restorable)},
          {"next_due", time(status.next_due)},
          {"retention", retention(status.retention)},
          {"judgements", list(status.judgements)},
          {"chain", status.archives_wal ? json::value(chain_of(status)) : json::value(nullptr)}};
}

json::object standby(const StandbyStatus& status) {
  return {{"state", name_of(status.state)},
          {"since", time(status.since)},
          {"sentence", core::clean_utf8(status.sentence)},
          {"segment", status.segment},
          {"catalog", status.catalog},
          {"directory", core::clean_utf8(status.directory)},
          {"set", status.set},
          {"replayed", place(status.replayed)},
          {"timeline", status.timeline},
          {"last_commit", time(status.last_commit)},
          {"segments_behind", status.behind},
          {"proven_at", time(status.proven_at)},
          {"proven_to", place(status.proven_to)},
          {"canary", maybe(status.canary)},
          {"canary_time", time(status.canary_time)},
          {"replay_bytes_per_second", maybe(status.bytes_per_second)},
          {"throttled", status.throttled},
          {"starts", status.starts},
          {"restores", status.restores}};
}

}  // namespace

json::object to_json(const Judgement& judgement) {
  return {{"id", core::clean_utf8(judgement.id)},
          {"severity", core::name_of(judgement.severity)},
          {"sentence", core::clean_utf8(judgement.sentence)},
          {"hint", core::clean_utf8(judgement.hint)},
          {"since", time(judgement.since)}};
}

json::object to_json(const Evidence& seen) {
  json::object out{{"taken", time(seen.taken)},
                   {"server_time", time(seen.server_time)},
                   {"server_started", time(seen.server_started)},
                   {"system_id", identifier(seen.system_id)},
                   {"version", seen.version},
                   {"timeline", maybe(seen.timeline)},
                   {"in_recovery", maybe(seen.in_recovery)},
                   {"segment_bytes", seen.segment_bytes},
                   {"written", place(seen.written)},
                   {"flushed", place(seen.flushed)},
                   {"commits", maybe(seen.commits)},
                   {"wal_free_bytes", maybe(seen.wal_free_bytes)},
                   {"checksum_failures", maybe(seen.checksum_failures)},
                   {"database_bytes", maybe(seen.database_bytes)},
                   {"troubles", words(seen.troubles)}};
  const json::value none(nullptr);
  out["archiver"] = seen.archiver ? json::value(archiver(*seen.archiver)) : none;
  out["ready"] = seen.ready
                     ? json::value(json::object{{"count", seen.ready->count}, {"oldest", seen.ready->oldest}})
                     : none;
  out["wal_folder_bytes"] = seen.wal_folder ? json::value(seen.wal_folder->bytes) : none;
  out["replicas"] = seen.replicas ? json::value(replicas(*seen.replicas)) : none;
  out["slots"] = seen.slots ? json::value(slots(*seen.slots)) : none;
  out["standby"] = !seen.standby ? none
                                 : json::value(json::object{{"received", place(seen.standby->received)},
                                                            {"replayed", place(seen.standby->replayed)},
                                                            {"last_commit", time(seen.standby->last_commit)},
                                                            {"paused", maybe(seen.standby->paused)},
                                                            {"receiver", seen.standby->receiver}});
  if (!seen.settings) {
    out["settings"] = nullptr;
    return out;
  }
  json::object settings;
  for (const auto& [name, setting] : *seen.settings) settings[name] = core::clean_utf8(setting.value);
  out["settings"] = std::move(settings);
  return out;
}

json::object to_json(const Exposure& exposure) {
  json::array paths;
  for (const Path& path : exposure.paths)
    paths.push_back(
        json::object{{"kind", name_of(path.kind)},
                     {"name", core::clean_utf8(path.name)},
                     {"usable", path.usable == Answer::unknown ? json::value(nullptr)
                                                               : json::value(path.usable == Answer::yes)},
                     {"why", core::clean_utf8(path.why)},
                     {"claimed", figure(path.claimed)},
                     {"inferred", figure(path.inferred)},
                     {"proven", figure(path.proven)},
                     {"continuous", figure(path.continuous)}});
  return {{"at", time(exposure.at)},
          {"sentence", core::clean_utf8(exposure.sentence)},
          {"level", name_of(exposure.level)},
          {"claimed", figure(exposure.claimed)},
          {"inferred", figure(exposure.inferred)},
          {"proven", figure(exposure.proven)},
          {"drilled", figure(exposure.drilled)},
          {"continuous", figure(exposure.continuous)},
          {"paths", std::move(paths)},
          {"faults", list(exposure.faults)}};
}

json::object to_json(const Forecast& forecast) {
  return {{"at", time(forecast.at)},
          {"catalog", forecast.catalog},
          {"set", forecast.set},
          {"expected_seconds", seconds(forecast.expected)},
          {"cautious_seconds", seconds(forecast.cautious)},
          {"best_seconds", seconds(forecast.best)},
          {"objective_seconds", seconds(forecast.objective)},
          {"confidence", name_of(forecast.confidence)},
          {"drills", forecast.rates.drills},
          {"newest_drill", time(forecast.rates.newest)},
          {"fetch_bytes_per_second", maybe(forecast.rates.fetch_rate_low)},
          {"replay_bytes_per_second", maybe(forecast.rates.replay_rate_low)},
          {"set_bytes", maybe(forecast.set_bytes)},
          {"wal_bytes", maybe(forecast.wal_bytes)},
          {"wal_bytes_per_second", maybe(forecast.wal_rate)},
          {"breached", forecast.breached},
          {"breach", time(forecast.breach)},
          {"interval_most_seconds", seconds(forecast.interval_most)},
          {"backup_by", time(forecast.backup_by)},
          {"sentence", forecast.sentence},
          {"advice", forecast.advice},
          {"why", forecast.why}};
}

json::object to_json(const Snapshot& snapshot) {
  json::array catalogs, drills;
  for (const CatalogStatus& status : snapshot.catalogs) catalogs.emplace_back(catalog(status));
  for (const DrillRecord& record : snapshot.drills) drills.emplace_back(to_json(record));
  const Budget& budget = snapshot.budget;
  return {{"cluster", snapshot.cluster},
          {"taken", time(snapshot.taken)},
          {"objectives", json::object{{"rpo_seconds", seconds(snapshot.objectives.rpo)},
                                      {"rto_seconds", seconds(snapshot.objectives.rto)}}},
          {"server", snapshot.evidence ? json::value(to_json(*snapshot.evidence)) : json::value(nullptr)},
          {"server_trouble", core::clean_utf8(snapshot.server_trouble)},
          {"wal_bytes_per_second", maybe(snapshot.wal_rate.average)},
          {"judgements", list(snapshot.judgements)},
          {"exposure", to_json(snapshot.exposure)},
          {"forecast", to_json(snapshot.forecast)},
          {"catalogs", std::move(catalogs)},
          {"drills", std::move(drills)},
          {"drill_counts", json::object{{"proven", snapshot.drills_proven},
                                        {"disproved", snapshot.drills_disproved},
                                        {"could_not_verify", snapshot.drills_unverified}}},
          {"budget", json::object{{"good_minutes", budget.good},
                                  {"bad_minutes", budget.bad},
                                  {"unknown_minutes", budget.unknown},
                                  {"left", budget.left},
                                  {"burn_last_hour", budget.burn_hour}}},
          {"last_canary", time(snapshot.last_canary)},
          {"standby", snapshot.standby ? json::value(standby(*snapshot.standby)) : json::value(nullptr)},
          {"alarm_drill", snapshot.alarms ? json::value(to_json(*snapshot.alarms)) : json::value(nullptr)}};
}

json::object to_json(const DrillRecord& record) {
  json::array phases, witnesses;
  for (const Phase& phase : record.phases)
    phases.push_back(json::object{{"name", phase.name}, {"seconds", seconds(phase.took)}});
  for (const Witness& witness : record.witnesses)
    witnesses.push_back(json::object{{"name", witness.name},
                                     {"standing", core::name_of(witness.standing)},
                                     {"detail", core::clean_utf8(witness.detail)},
                                     {"seconds", seconds(witness.took)}});
  return {{"id", record.id},
          {"finding", name_of(record.finding)},
          {"level", name_of(record.level)},
          {"sentence", core::clean_utf8(record.sentence)},
          {"broken", core::clean_utf8(record.broken)},
          {"started", time(record.started)},
          {"ended", time(record.ended)},
          {"catalog", record.catalog},
          {"set", record.set},
          {"target", record.target},
          {"reached", place(record.reached)},
          {"reached_time", time(record.reached_time)},
          {"proven_rpo_seconds", seconds(record.proven_rpo)},
          {"lost_commits", maybe(record.lost_commits)},
          {"total_seconds", seconds(record.total)},
          {"contents", record.contents ? json::value(to_json(*record.contents)) : json::value(nullptr)},
          {"restored_bytes", record.restored_bytes},
          {"replayed_bytes", record.replayed_bytes},
          {"phases", std::move(phases)},
          {"witnesses", std::move(witnesses)}};
}

}  // namespace outrider::recovery
