// What a drill found, as it is kept and shown. One line of JSON a drill in <state>/recovery/drills.jsonl; the
// page, the gate and the forecast read nothing else.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/verdict.hpp"
#include "agent/recovery/fingerprint/finding.hpp"
#include "agent/recovery/ground/isolation.hpp"
#include "agent/recovery/level.hpp"
#include "agent/recovery/point/restore_point.hpp"
#include "agent/wal/check/joint.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

enum class Finding {
  proven,            // exit code 0
  disproved,         // 2: the first broken thing is named
  could_not_verify,  // 3: it could not be finished, which says nothing of the backup
};

std::string_view name_of(Finding finding);

struct Phase {
  std::string name;  // "find", "fetch", "start", "replay", "promote", "verify"
  core::Duration took{};
};

struct Witness {
  std::string name;                                   // "canary", "amcheck", "rows by index"
  core::Standing standing = core::Standing::unknown;  // unknown: it could not be asked
  std::string detail;                                 // a sentence
  core::Duration took{};
};

// What an acknowledged canary says of the loss. Times are those of its acknowledgement.
struct CanaryFinding {
  std::uint64_t last_acknowledged = 0;            // before the cut
  std::uint64_t last_found = 0;                   // of the unbroken run
  std::optional<std::uint64_t> first_lost;        // the earliest acknowledged one that did not come back
  std::optional<core::WallTime> first_lost_time;  // when it was acknowledged
  core::WallTime last_found_time{};
  core::Duration loss{};  // from the last found one to the cut: nothing older is lost
};

struct DrillRecord {
  std::string id;  // "20261121-142614"
  Finding finding = Finding::could_not_verify;
  Level level = Level::unknown;  // what was proven, when it was
  std::string sentence;          // the outcome for people
  std::string broken;            // the first broken thing, or why it could not be verified; empty when proven

  core::WallTime started{}, ended{};
  core::WallTime cut{};  // "the primary is gone now": what was committed later is not looked for
  std::string catalog;   // Catalog::target()
  std::string set;       // the backup set's label
  core::WallTime set_stopped{};
  std::string target;  // "the end of the archive", "2026-11-21T14:00:00.000Z", "0/3000148"
  std::optional<std::uint64_t> system_id;
  std::uint32_t timeline = 0;
  std::optional<wal::Lsn> wanted;              // where it was to come
  std::optional<wal::Lsn> reached;             // where replay stopped
  std::optional<core::WallTime> reached_time;  // of the last commit replayed
  std::optional<CanaryFinding> canary;
  std::optional<core::Duration> proven_rpo;   // what would have been lost at the cut
  std::optional<std::uint64_t> lost_commits;  // counted in the primary's own WAL, canary or not
  std::optional<wal::Commit> first_lost_commit;

  std::optional<RestorePoint> restore_point;  // that it was to come to, and no other; proven with the drill
  std::optional<Isolation> isolation;         // of the restored server; nothing: none was started

  std::optional<ContentFinding> contents;  // of the comparison with the source's own content

  std::vector<Phase> phases;
  std::vector<Witness> witnesses;
  core::Duration total{};            // without the witnesses: what the RTO is compared with
  std::uint64_t restored_bytes = 0;  // by the fetch phase
  std::uint64_t replayed_bytes = 0;  // of WAL, by the replay phase
  std::uint64_t replayed_segments = 0;
  std::vector<std::string> tools;     // "pgbackrest 2.45", "postgres 15.18"
  std::vector<std::string> commands;  // what was run, without secrets
  std::vector<std::string> notes;

  core::Duration phase(std::string_view name) const;  // 0 when there was none
};

std::string to_json_line(const DrillRecord& record);
core::Outcome<DrillRecord> read_json_line(std::string_view line);

// Oldest first; lines that cannot be read are counted, not guessed at.
struct DrillHistory {
  std::vector<DrillRecord> records;
  std::size_t unreadable = 0;
};
DrillHistory read_history_lines(std::string_view text);

}  // namespace outrider::recovery
