// What to do for the promise, from what is known. Pure: no clock, no I/O. A table {kind, when, action, why}:
// the first row that holds is taken. The actor keeps the View, writes the intent to the journal, acts, looks
// again.
//
// What holds in every row: nothing destructive exists as an action; nothing is done on unknown, on another
// system id, in recovery, beyond the hour's limit, or while something is being done already.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/recovery/evidence/judgement.hpp"
#include "agent/recovery/evidence/track.hpp"
#include "agent/recovery/forecast/forecast.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

enum class RemedyMode { observe, suggest, act };  // in the configuration: observe, suggest, do
std::string_view name_of(RemedyMode mode);

enum class RemedyKind {
  switch_wal,     // SELECT pg_switch_wal()
  backup,         // Catalog::backup(differential)
  try_archiving,  // the archive command by hand, for a copy of the failing segment, only to show its stderr
  slot_advice,    // words only
  cap_slots,      // max_slot_wal_keep_size, where that was consented to: the slot's reader may lose its place
};
inline constexpr std::size_t remedy_kinds = 5;
std::string_view name_of(RemedyKind kind);

enum class RemedyAction { none, refuse, suggest, act };
std::string_view name_of(RemedyAction action);

struct RemedySettings {
  RemedyMode mode = RemedyMode::suggest;
  std::uint32_t switches_an_hour = 12;
  std::uint32_t backups_an_hour = 1;
  std::uint32_t tries_an_hour = 4;
  std::uint64_t slot_cap_bytes = 0;  // what slots may be capped to; 0: nobody consented
};

struct RemedyView {
  const Evidence* evidence = nullptr;  // null, or older than `fresh_for`: unknown
  const Track* track = nullptr;
  const Judgements* judgements = nullptr;  // of the server
  const Forecast* forecast = nullptr;
  std::optional<wal::Lsn> backup_ends;    // the newest complete backup needs WAL up to here
  std::optional<wal::Lsn> archived_to;    // how far the archive is listed without a gap
  std::optional<core::Duration> at_risk;  // inferred RPO
  core::Duration rpo = std::chrono::hours(1);
  std::optional<std::uint64_t> system_id;  // the cluster that is meant
  bool busy = false;                       // a drill, a backup or a remedy is under way
  bool can_backup = false;                 // the catalog may take one
  bool can_try_archiving = false;          // the archive command can be run where we are
  core::Duration fresh_for = std::chrono::minutes(2);
  core::WallTime now{};
};

struct RemedyDone {
  RemedyKind kind = RemedyKind::switch_wal;
  core::WallTime at{};
};

struct RemedyDecision {
  RemedyKind kind = RemedyKind::switch_wal;
  RemedyAction action = RemedyAction::none;
  std::string why;      // one sentence: log line, timeline, audit reason alike
  std::string do_it;    // what it is in words or in SQL: "SELECT pg_switch_wal()"
  std::size_t row = 0;  // which row of the table
};

struct RemedyWhen {
  std::string_view name;  // reads as a condition
  bool (*holds)(RemedyKind kind, const RemedyView& view, const RemedySettings& settings,
                std::span<const RemedyDone> done);
};

struct RemedyRow {
  std::uint8_t kinds;  // bits, one a RemedyKind
  RemedyWhen when;
  RemedyAction action;
  std::string (*why)(RemedyKind kind, const RemedyView& view);
};

std::span<const RemedyRow> remedy_table();

RemedyDecision decide_remedy(RemedyKind kind, const RemedyView& view, const RemedySettings& settings,
                             std::span<const RemedyDone> done);
// Of every kind, those that are not `none`.
std::vector<RemedyDecision> decide_remedies(const RemedyView& view, const RemedySettings& settings,
                                            std::span<const RemedyDone> done);

// The table as Markdown.
std::string remedy_markdown();

}  // namespace outrider::recovery
