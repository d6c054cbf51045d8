// Judges of one server, from one look at it and what is remembered of those before. Pure. Only what is not
// fine is told; what cannot be seen is told as unknown.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/recovery/evidence/judgement.hpp"
#include "agent/recovery/evidence/track.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::recovery {

struct WatchPolicy {
  bool archive = true;                     // recovery is meant to go through an archive
  std::optional<std::uint64_t> system_id;  // the cluster that is meant; nothing: the first one seen
  // The archiver may stand so long: an archive_timeout, but no less than this, and for one of 0 the other.
  core::Duration stall_least = std::chrono::seconds(5);
  core::Duration stall_after = std::chrono::seconds(60);
  core::Duration rpo = std::chrono::hours(1);
  core::Duration late_replica = std::chrono::minutes(5);
  core::Duration skew = std::chrono::seconds(10);
  core::Duration full_soon = std::chrono::hours(4);  // pg_wal's volume
  std::uint64_t slot_bytes = 10ULL << 30;            // an inactive slot may hold so much quietly
  std::uint64_t backlog = 32;                        // .ready files that are nobody's worry
};

struct JudgeView {
  const Evidence& evidence;
  const Track& track;
  const WatchPolicy& policy;
};

void judge_archiver(const JudgeView& view, Judgements& found);
void judge_settings(const JudgeView& view, Judgements& found);
void judge_replicas(const JudgeView& view, Judgements& found);
void judge_slots(const JudgeView& view, Judgements& found);
void judge_identity(const JudgeView& view, Judgements& found);  // system id, timeline, clock, checksums

// All of them, the worst first, `since` not filled yet.
Judgements judge(const JudgeView& view);

// An archive_command that says yes and stores nothing: "", ":", "/bin/true", "exit 0", "… || true". By its
// text alone; that what was said to be archived is not there, exposure says.
std::optional<std::string> suspicious_command(std::string_view command);

// When the archiver, which has not moved lately, will have stood too long; nothing: it has nothing to do, or
// was already told.
std::optional<core::Duration> time_to_stall(const JudgeView& view);

// How long until pg_wal's volume is full at the rate of the last quarter of an hour.
std::optional<core::Duration> time_to_full(const Evidence& evidence, const Track& track);

}  // namespace outrider::recovery
