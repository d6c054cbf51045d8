#include "agent/catalogs/barman/backups.hpp"

#include "agent/catalogs/fields.hpp"
#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

namespace outrider::catalogs::barman {
namespace {

namespace json = boost::json;

void judge_status(std::string_view status, BackupSet& set) {
  set.complete = status == "DONE";
  if (set.complete) return;
  if (status == "EMPTY")
    set.trouble = "it was begun, and nothing was copied yet";
  else if (status == "STARTED")
    set.trouble = "it is being taken, or was broken off";
  else if (status == "WAITING_FOR_WALS")
    set.trouble = "the last WAL that it needs has not been archived yet";
  else if (status == "SYNCING")
    set.trouble = "it is still being copied from another Barman";
  else if (status == "FAILED")
    set.trouble = "it failed";
  else
    set.trouble = "Barman gives it the status " + first_line(status);
}

std::string value_in(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    const std::string_view value = line.substr(key.size() + 1);
    return value == "None" ? std::string() : std::string(value);
  }
  return {};
}

}  // namespace

core::Outcome<std::vector<Backup>> read_backups(std::string_view text, std::string_view server) {
  const core::Outcome<json::value> document = read_json(text, "what barman list-backup says");
  if (!document) return core::fail(document.error());
  for (const char* key : {"_ERROR", "_EXCEPTION"}) {
    for (const json::value* said : items(member(*document, key))) {
      return core::fail(core::Errc::refused,
                        "cannot list the backups: barman says: " + first_line(text_of(said)));
    }
  }
  const json::value* listed = member(*document, server);
  if (listed == nullptr || !listed->is_array()) {
    return core::fail(core::Errc::corrupt, "cannot understand what barman list-backup says: server " +
                                               std::string(server) + " is not in it");
  }
  std::vector<Backup> backups;
  for (const json::value* entry : items(listed)) {
    Backup backup;
    backup.set.label = text_of(member(*entry, "backup_id"));
    if (backup.set.label.empty()) continue;
    judge_status(text_of(member(*entry, "status")), backup.set);
    backup.set.stopped = time_of_seconds(member(*entry, "end_time_timestamp"));
    backup.set.database_bytes = whole_of(member(*entry, "size_bytes")).value_or(0);
    for (const json::value* tablespace : items(member(*entry, "tablespaces")))
      backup.tablespaces.push_back(text_of(member(*tablespace, "name")));
    backups.push_back(std::move(backup));
  }
  std::sort(backups.begin(), backups.end(),
            [](const Backup& a, const Backup& b) { return a.set.label < b.set.label; });  // a time
  return backups;
}

void take_backup_info(std::string_view text, BackupSet& set) {
  const auto number = [&](std::string_view key) {
    return core::read_number<std::uint64_t>(value_in(text, key));
  };
  set.first_wal = value_in(text, "begin_wal");
  set.last_wal = value_in(text, "end_wal");
  set.start_lsn = wal::parse_lsn(value_in(text, "begin_xlog"));
  set.stop_lsn = wal::parse_lsn(value_in(text, "end_xlog"));
  set.started = time_with_offset(value_in(text, "begin_time")).value_or(core::WallTime{});
  if (set.stopped == core::WallTime{})
    set.stopped = time_with_offset(value_in(text, "end_time")).value_or(core::WallTime{});
  if (const auto size = number("size")) set.database_bytes = *size;
  set.stored_bytes = number("deduplicated_size").value_or(0);
  set.system_id = number("systemid");
  const std::string error = first_line(value_in(text, "error"));
  if (!error.empty()) set.trouble += (set.trouble.empty() ? "" : ": ") + error;
}

}  // namespace outrider::catalogs::barman
