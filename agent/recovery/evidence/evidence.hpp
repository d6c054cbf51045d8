// One look at one PostgreSQL: what it says of itself at one moment. What it would not say, or has no words
// for in its version, is nothing here and named in `troubles`; it is never zero.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace outrider::recovery {

struct ArchiverView {  // pg_stat_archiver
  std::uint64_t archived = 0;
  std::string last_archived;  // a file's name: a segment, a history, a backup's label
  std::optional<core::WallTime> last_archived_time;
  std::uint64_t failed = 0;
  std::string last_failed;
  std::optional<core::WallTime> last_failed_time;
  std::optional<core::WallTime> counted_since;
};

struct ReadyView {  // pg_wal/archive_status
  std::uint64_t count = 0;
  std::string oldest;  // the name without ".ready"; empty when there is none
  std::optional<core::WallTime> oldest_time;
};

struct WalFolderView {  // pg_wal, its segments only
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

struct SettingView {
  std::string value;
  std::string unit;
  bool pending_restart = false;  // the file says something else, and only a restart would make it so
};

struct ReplicaView {  // pg_stat_replication
  std::string name;   // application_name
  std::string address;
  std::string state;  // "streaming"; empty: we may not see it
  std::string sync_state;
  std::optional<wal::Lsn> sent, written, flushed, replayed;
  std::optional<core::Duration> replay_lag;
};

struct SlotView {
  std::string name;
  std::string kind;  // "physical", "logical"
  std::string database;
  std::optional<bool> active;
  std::optional<wal::Lsn> restart;
  std::string wal_status;                        // "reserved", "extended", "unreserved", "lost"; or empty
  std::optional<std::int64_t> safe_bytes;        // until it is lost
  std::optional<std::uint64_t> retained_bytes;   // of WAL, from its restart LSN on
  std::optional<core::WallTime> inactive_since;  // PostgreSQL 17
  bool temporary = false;
};

struct StandbyView {
  std::optional<wal::Lsn> received, replayed;
  std::optional<core::WallTime> last_commit;  // of the last commit replayed
  std::optional<bool> paused;
  std::optional<std::uint64_t> conflicts;
  std::string receiver;  // "streaming"; empty: none, or we may not see it
};

struct Evidence {
  core::WallTime taken{};  // by the agent's clock, in the middle of the look
  core::Instant at{};      // the same for measuring
  core::Duration took{};
  std::optional<core::WallTime> server_time;

  // When the archiver last stored a segment, by the agent's clock: the server's may be hours off.
  std::optional<core::WallTime> last_archived() const {
    if (!archiver || !archiver->last_archived_time) return std::nullopt;
    if (!server_time) return archiver->last_archived_time;
    return taken - (*server_time - *archiver->last_archived_time);
  }

  std::optional<core::WallTime> server_started;

  std::optional<std::uint64_t> system_id;
  int version = 0;  // 150018; 0: unknown
  std::optional<std::uint32_t> timeline;
  std::optional<bool> in_recovery;
  std::uint64_t segment_bytes = 0;                     // 0: unknown
  std::optional<wal::Lsn> written, inserted, flushed;  // of a primary
  // A snapshot as text: another one whenever a transaction that wrote has ended. Empty: unknown.
  std::string transactions;
  std::optional<std::uint64_t> commits;  // of all databases, readers included

  std::optional<ArchiverView> archiver;
  std::optional<ReadyView> ready;
  std::optional<WalFolderView> wal_folder;
  std::optional<std::uint64_t> wal_free_bytes;  // of its volume: filled by the caller, no view tells it
  std::optional<std::map<std::string, SettingView>> settings;  // those that may be seen
  std::optional<std::vector<ReplicaView>> replicas;
  std::optional<std::vector<SlotView>> slots;
  std::optional<StandbyView> standby;              // when in recovery
  std::optional<std::uint64_t> checksum_failures;  // nothing: checksums are off, or it is unknown
  std::optional<std::uint64_t> database_bytes;     // all databases; looked at now and then

  std::vector<std::string> troubles;  // sentences: what could not be seen, and what would let us see it

  const SettingView* setting(const std::string& name) const;  // null: it cannot be seen
};

// Of archive_timeout and the like; nothing when the setting cannot be seen. 0 for one that is off.
std::optional<core::Duration> duration_setting(const Evidence& evidence, const std::string& name);

}  // namespace outrider::recovery
