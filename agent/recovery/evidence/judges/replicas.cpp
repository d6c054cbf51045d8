#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/evidence/judge.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;
using core::show_bytes;

std::uint64_t behind(const std::optional<wal::Lsn>& ahead, const std::optional<wal::Lsn>& at) {
  return ahead && at && *ahead > *at ? ahead->value - at->value : 0;
}

// How long has what is missing been there? By our own marks: the replica's word needs its own traffic.
std::optional<core::Duration> age_of(wal::Lsn flushed, const JudgeView& view) {
  const Mark* const mark = mark_before(view.track, flushed);
  if (mark == nullptr) return std::nullopt;
  return std::max(core::Duration(view.evidence.at - mark->instant), core::Duration::zero());
}

void judge_replica(const ReplicaView& replica, const JudgeView& view, Judgements& found) {
  if (replica.state == "backup") return;  // a base backup, no replica
  const std::string id = replica.name.empty() ? replica.address : replica.name;
  if (replica.state.empty() || !replica.flushed) {
    found.push_back({"replica.unseen:" + id, Severity::unknown,
                     fmt::format("the state of replica {} cannot be seen", id),
                     "grant pg_monitor to the role that outrider uses"});
    return;
  }
  const std::uint64_t missing = behind(view.evidence.written, replica.flushed);
  const auto late = missing == 0 ? core::Duration::zero() : age_of(*replica.flushed, view);
  if (late && *late >= view.policy.late_replica) {
    found.push_back(
        {"replica.late:" + id, Severity::warning,
         fmt::format("replica {} has not got the last {}: it is {} late", id, show_bytes(missing),
                     show_age(*late)),
         "look at the network and at the replica's disk; pg_stat_replication says where it waits"});
    return;
  }
  const std::uint64_t waiting = behind(replica.flushed, replica.replayed);
  if (waiting > 0 && replica.replay_lag && *replica.replay_lag >= view.policy.late_replica)
    found.push_back({"replica.replay:" + id, Severity::warning,
                     fmt::format("replica {} has got {} that it has not replayed: it shows data {} old", id,
                                 show_bytes(waiting), show_age(*replica.replay_lag)),
                     "a long query on the replica holds replay, or it was paused; no data is at risk by it"});
}

void judge_synchronous(const Evidence& evidence, Judgements& found) {
  const SettingView* const names = evidence.setting("synchronous_standby_names");
  if (names == nullptr || names->value.empty() || !evidence.replicas) return;
  if (evidence.in_recovery.value_or(true)) return;
  bool unseen = false;
  for (const ReplicaView& replica : *evidence.replicas) {
    if (replica.sync_state == "sync" || replica.sync_state == "quorum") return;
    unseen = unseen || replica.state.empty();
  }
  if (unseen) return;  // told as unknown for that replica
  found.push_back(
      {"replica.no_synchronous", Severity::critical,
       fmt::format("commits wait: synchronous_standby_names is '{}' and no such standby is connected",
                   names->value),
       "bring the standby back, or decide to go on without it: empty the setting and reload"});
}

void judge_standby(const JudgeView& view, Judgements& found) {
  const StandbyView& standby = *view.evidence.standby;
  const std::uint64_t waiting = behind(standby.received, standby.replayed);
  if (standby.paused.value_or(false)) {
    found.push_back({"standby.paused", waiting > 0 ? Severity::warning : Severity::fine,
                     waiting > 0 ? fmt::format("replay is paused and {} wait", show_bytes(waiting))
                                 : "replay is paused, and nothing waits",
                     "SELECT pg_wal_replay_resume() makes it go on"});
    return;
  }
  // All that was received is replayed: an idle standby is not late, however old its last commit is.
  if (waiting == 0 || !standby.last_commit || !view.evidence.server_time) return;
  const core::Duration late = *view.evidence.server_time - *standby.last_commit;
  if (late < view.policy.late_replica) return;
  found.push_back({"standby.late", Severity::warning,
                   fmt::format("this standby has {} to replay, and shows data {} old", show_bytes(waiting),
                               show_age(late)),
                   "a long query may hold replay (max_standby_streaming_delay), or the disk is slow"});
}

std::string called(const SlotView& slot) {
  return slot.kind == "logical" ? fmt::format("logical slot {} of database {}", slot.name, slot.database)
                                : fmt::format("slot {}", slot.name);
}

void judge_slot(const SlotView& slot, const JudgeView& view, Judgements& found) {
  if (slot.temporary) return;
  if (slot.wal_status == "lost") {
    found.push_back(
        {"slot.lost:" + slot.name, Severity::warning,
         fmt::format("{} has lost the WAL it stood for: its reader must be built anew", called(slot)),
         "drop it when its owner says so: a lost slot holds nothing any more"});
    return;
  }
  if (slot.wal_status == "unreserved")
    found.push_back({"slot.unreserved:" + slot.name, Severity::warning,
                     fmt::format("{} is about to lose its WAL at the next checkpoint", called(slot)),
                     "bring its reader back now, or raise max_slot_wal_keep_size"});
  const std::uint64_t held = slot.retained_bytes.value_or(0);
  if (slot.active.value_or(true)) return;
  const auto full = time_to_full(view.evidence, view.track);
  const bool soon = full && *full < view.policy.full_soon && held > view.evidence.segment_bytes;
  if (held <= view.policy.slot_bytes && !soon) return;
  std::string until =
      full ? fmt::format("; at today's rate pg_wal's disk is full in {}", show_age(*full)) : "";
  const SettingView* const cap = view.evidence.setting("max_slot_wal_keep_size");
  const bool capped = cap != nullptr && cap->value != "-1";
  found.push_back(
      {"slot.retains:" + slot.name, soon && !capped ? Severity::critical : Severity::warning,
       fmt::format("{} has no reader and holds {} of WAL{}", called(slot), show_bytes(held), until),
       "bring its reader back; max_slot_wal_keep_size caps what slots may hold; dropping it is its "
       "owner's decision, since the reader must then be built anew"});
}

// WAL comes and goes by itself; the disk fills only when something holds it.
void judge_volume(const JudgeView& view, Judgements& found) {
  const Evidence& evidence = view.evidence;
  if (!evidence.wal_free_bytes || evidence.segment_bytes == 0) return;
  if (*evidence.wal_free_bytes < 4 * evidence.segment_bytes) {
    found.push_back({"wal.volume_full", Severity::critical,
                     fmt::format("pg_wal's disk has {} left: the server stops when it is full",
                                 show_bytes(*evidence.wal_free_bytes)),
                     "make room beside pg_wal or grow the volume; never remove files from pg_wal by hand"});
    return;
  }
  const bool held = evidence.ready && evidence.ready->count > view.policy.backlog;
  const auto full = time_to_full(evidence, view.track);
  if (!held || !full || *full >= view.policy.full_soon) return;
  found.push_back({"wal.volume_fills", Severity::critical,
                   fmt::format("{} files wait to be archived, and pg_wal's disk is full in {}",
                               evidence.ready->count, show_age(*full)),
                   "mend the archiving; until then grow the volume; never remove files from pg_wal by hand"});
}

}  // namespace

std::optional<core::Duration> time_to_full(const Evidence& evidence, const Track& track) {
  if (!evidence.wal_free_bytes || !track.rate.average || *track.rate.average < 1) return std::nullopt;
  const double seconds = static_cast<double>(*evidence.wal_free_bytes) / *track.rate.average;
  if (seconds > 86400.0 * 365) return std::nullopt;
  return core::from_seconds(seconds);
}

void judge_replicas(const JudgeView& view, Judgements& found) {
  if (view.evidence.replicas) {
    for (const ReplicaView& replica : *view.evidence.replicas) judge_replica(replica, view, found);
  }
  judge_synchronous(view.evidence, found);
  if (view.evidence.standby) judge_standby(view, found);
}

void judge_slots(const JudgeView& view, Judgements& found) {
  if (view.evidence.slots) {
    for (const SlotView& slot : *view.evidence.slots) judge_slot(slot, view, found);
  }
  judge_volume(view, found);
}

}  // namespace outrider::recovery
