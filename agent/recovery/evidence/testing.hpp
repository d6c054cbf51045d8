// For this room's tests: a healthy primary at any moment, and looks at it one after the other.
#pragma once

#include "agent/recovery/evidence/judge.hpp"
#include "agent/wal/names.hpp"

#include <string>
#include <string_view>

namespace outrider::recovery::testing {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

inline constexpr core::WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 12h};
inline constexpr std::uint64_t mib = 1ULL << 20;
inline constexpr std::uint64_t ours = 7650000000000000001ULL;

inline std::string segment_at(wal::Lsn lsn, std::uint64_t bytes = 16 * mib) {
  return wal::segment_name({1, wal::number_of(lsn, bytes)}, bytes);
}

// All it was told to archive is archived: the segment before the current one.
inline Evidence healthy(core::Duration after, wal::Lsn written, std::uint64_t segment_bytes = 16 * mib) {
  Evidence seen;
  seen.taken = noon + after;
  seen.at = core::Instant(after + 1000h);
  seen.server_time = seen.taken;
  seen.server_started = noon - 240h;
  seen.system_id = ours;
  seen.version = 150018;
  seen.timeline = 1;
  seen.in_recovery = false;
  seen.segment_bytes = segment_bytes;
  seen.written = seen.inserted = seen.flushed = written;
  seen.transactions =
      std::to_string(700 + written.value / 100) + ":" + std::to_string(700 + written.value / 100) + ":";
  ArchiverView archiver;
  const std::uint64_t number = wal::number_of(written, segment_bytes);
  archiver.archived = number;
  archiver.last_archived = wal::segment_name({1, number - 1}, segment_bytes);
  archiver.last_archived_time = seen.taken - 20s;
  seen.archiver = archiver;
  seen.ready = ReadyView{0, "", {}};
  seen.wal_folder = WalFolderView{10 * segment_bytes, 10};
  seen.settings = std::map<std::string, SettingView>{
      {"archive_mode", {"on", "", false}},
      {"archive_command", {"pgbackrest --stanza=main archive-push %p", "", false}},
      {"archive_library", {"", "", false}},
      {"archive_timeout", {"60", "s", false}},
      {"wal_level", {"replica", "", false}},
      {"fsync", {"on", "", false}},
      {"full_page_writes", {"on", "", false}},
      {"data_checksums", {"on", "", false}},
      {"max_slot_wal_keep_size", {"-1", "MB", false}},
      {"synchronous_commit", {"on", "", false}},
      {"synchronous_standby_names", {"", "", false}},
  };
  seen.replicas.emplace();
  seen.slots.emplace();
  seen.checksum_failures = 0;
  return seen;
}

inline const Judgement* find(const Judgements& judgements, std::string_view id) {
  for (const Judgement& judgement : judgements) {
    if (judgement.id.starts_with(id)) return &judgement;
  }
  return nullptr;
}

// A server that is looked at again and again.
struct Watched {
  Track track;
  WatchPolicy policy;
  Evidence last;

  Judgements look(Evidence evidence) {
    last = std::move(evidence);
    remember(track, last);
    Judgements found = judge({last, track, policy});
    settle(track, found, last.taken);
    return found;
  }
};

}  // namespace outrider::recovery::testing
