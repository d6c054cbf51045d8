#include "agent/catalogs/pgbackrest/info.hpp"

#include "agent/catalogs/fields.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::catalogs::pgbackrest {
namespace {

namespace json = boost::json;

// 0 where a tool of one repository names none.
bool is_of(const json::value& thing, std::uint64_t repository) {
  const std::optional<std::uint64_t> key = whole_of(member(thing, "repo-key"));
  return !key || *key == repository;
}

// The status of this repository, or of the whole where a tool before 2.32 knows no other.
const json::value* status_of(const json::value& stanza, std::uint64_t repository) {
  for (const json::value* repo : items(member(stanza, "repo"))) {
    if (whole_of(member(*repo, "key")) == repository) return member(*repo, "status");
  }
  return member(stanza, "status");
}

struct Meaning {
  bool sets_known = true;
  std::string sentence;
};

Meaning meaning_of(const json::value* status, std::string_view stanza, std::uint64_t repository) {
  const std::string where = fmt::format("stanza {} in repository {}", stanza, repository);
  const std::optional<std::uint64_t> code =
      status == nullptr ? std::nullopt : whole_of(member(*status, "code"));
  const std::string message = status == nullptr ? "" : first_line(text_of(member(*status, "message")));
  if (!code) return {false, "pgbackrest gives no status of " + where};
  switch (*code) {
    case 0: return {};
    case 1:
      return {false, "pgbackrest finds no " + where +
                         ": it has another name, was never created, or the repository is not mounted"};
    case 2: return {true, "no valid backup of " + where + " yet"};
    case 3: return {false, "backup.info is missing for " + where + ": the repository is incomplete"};
    case 4: return {true, where + " holds another database than the other repositories"};
    case 5:
      return {true, where +
                        " holds two different databases, one for backups and one for WAL: an upgrade of "
                        "the stanza was not finished"};
    case 6: return {false, "the backup asked for is not in " + where};
    default:
      return {false, fmt::format("cannot read {}: pgbackrest status {}{}{}", where, *code,
                                 message.empty() ? "" : ", ", message)};
  }
}

BackupKind kind_of(std::string_view type) {
  if (type == "diff") return BackupKind::differential;
  if (type == "incr") return BackupKind::incremental;
  return BackupKind::full;
}

struct Database {
  std::uint64_t id = 0;
  std::optional<std::uint64_t> system_id;
  std::string version;
};

std::vector<Database> databases_of(const json::value& stanza, std::uint64_t repository) {
  std::vector<Database> made;
  for (const json::value* entry : items(member(stanza, "db"))) {
    if (!is_of(*entry, repository)) continue;
    made.push_back({whole_of(member(*entry, "id")).value_or(0), whole_of(member(*entry, "system-id")),
                    text_of(member(*entry, "version"))});
  }
  std::stable_sort(made.begin(), made.end(),
                   [](const Database& a, const Database& b) { return a.id < b.id; });
  return made;
}

BackupSet set_of(const json::value& entry, const std::vector<Database>& databases) {
  BackupSet set;
  set.label = text_of(member(entry, "label"));
  set.kind = kind_of(text_of(member(entry, "type")));
  for (const json::value* label : items(member(entry, "reference"))) set.references.push_back(text_of(label));
  set.started = time_of_seconds(member(entry, "timestamp", "start"));
  set.stopped = time_of_seconds(member(entry, "timestamp", "stop"));
  set.start_lsn = wal::parse_lsn(text_of(member(entry, "lsn", "start")));
  set.stop_lsn = wal::parse_lsn(text_of(member(entry, "lsn", "stop")));
  set.first_wal = text_of(member(entry, "archive", "start"));
  set.last_wal = text_of(member(entry, "archive", "stop"));
  set.database_bytes = whole_of(member(entry, "info", "size")).value_or(0);
  if (const json::value* info = member(entry, "info")) {
    set.stored_bytes = whole_of(member(*info, "repository", "delta")).value_or(0);
  }
  set.complete = set.stopped != core::WallTime{};  // what has not ended is not in the list at all
  set.damaged = yes_of(member(entry, "error")).value_or(false);
  if (set.damaged) set.trouble = "pgbackrest found pages with a wrong checksum while it took this backup";
  const std::optional<std::uint64_t> id = whole_of(member(entry, "database", "id"));
  for (const Database& database : databases) {
    if (id && database.id == *id) set.system_id = database.system_id;
  }
  return set;
}

// The archive of the newest database; before a first segment has come, info does not name it.
std::string archive_id_of(const json::value& stanza, const Database& newest, std::uint64_t repository) {
  for (const json::value* archive : items(member(stanza, "archive"))) {
    const json::value* database = member(*archive, "database");
    if (database != nullptr && is_of(*database, repository) &&
        whole_of(member(*database, "id")) == newest.id) {
      return text_of(member(*archive, "id"));
    }
  }
  return newest.version.empty() ? "" : fmt::format("{}-{}", newest.version, newest.id);
}

const json::value* find_stanza(const json::value& document, std::string_view name) {
  for (const json::value* entry : items(&document)) {
    if (text_of(member(*entry, "name")) == name) return entry;
  }
  return nullptr;
}

}  // namespace

core::Outcome<Stanza> read_info(std::string_view text, std::string_view stanza, std::uint64_t repository) {
  const core::Outcome<json::value> document = read_json(text, "what pgbackrest info says");
  if (!document) return core::fail(document.error());
  const json::value* found = find_stanza(*document, stanza);
  if (found == nullptr) {
    return core::fail(
        core::Errc::corrupt,
        fmt::format("cannot understand what pgbackrest info says: stanza {} is not in it", stanza));
  }
  Stanza made;
  Meaning meaning = meaning_of(status_of(*found, repository), stanza, repository);
  made.sets_known = meaning.sets_known;
  if (!meaning.sentence.empty()) made.troubles.push_back(std::move(meaning.sentence));

  const std::vector<Database> databases = databases_of(*found, repository);
  if (!databases.empty()) {
    made.system_id = databases.back().system_id;
    made.archive_id = archive_id_of(*found, databases.back(), repository);
  }
  bool tells_damage = true;
  for (const json::value* entry : items(member(*found, "backup"))) {
    const json::value* database = member(*entry, "database");
    if (database != nullptr && !is_of(*database, repository)) continue;
    BackupSet set = set_of(*entry, databases);
    if (set.label.empty()) continue;
    tells_damage = tells_damage && member(*entry, "error") != nullptr;
    made.sets.push_back(std::move(set));
  }
  const auto earlier = [](const BackupSet& a, const BackupSet& b) { return a.stopped < b.stopped; };
  std::stable_sort(made.sets.begin(), made.sets.end(), earlier);
  if (!tells_damage) {
    made.troubles.emplace_back(
        "this pgbackrest does not tell whether a backup met damaged pages: that came with version 2.36");
  }
  return made;
}

std::vector<std::string> read_damaged_files(std::string_view text, std::string_view label) {
  std::vector<std::string> files;
  const core::Outcome<json::value> document = read_json(text, "what pgbackrest info says");
  if (!document) return files;
  for (const json::value* stanza : items(&*document)) {
    for (const json::value* entry : items(member(*stanza, "backup"))) {
      if (text_of(member(*entry, "label")) != label) continue;
      for (const json::value* file : items(member(*entry, "error-list"))) files.push_back(text_of(file));
    }
  }
  return files;
}

}  // namespace outrider::catalogs::pgbackrest
