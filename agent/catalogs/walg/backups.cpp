#include "agent/catalogs/walg/backups.hpp"

#include "agent/catalogs/archived.hpp"
#include "agent/catalogs/fields.hpp"
#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <array>

namespace outrider::catalogs::walg {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> suffixes{".lz4", ".zst", ".br", ".lzma", ".lzo", ".gz"};
constexpr std::string_view label_prefix = "base_";
constexpr std::string_view delta_mark = "_D_";

// Go's zero time is no time.
core::WallTime time_of(const json::value* value) {
  const auto time = core::read_time(text_of(value));
  return time && *time > core::WallTime{} ? *time : core::WallTime{};
}

// A number, or "0/2000028".
std::optional<wal::Lsn> lsn_of(const json::value* value) {
  if (const auto number = whole_of(value)) {
    return *number == 0 ? std::nullopt : std::optional(wal::Lsn{*number});
  }
  return wal::parse_lsn(text_of(value));
}

// base_<segment>, or base_<segment>_D_<segment of what it builds upon>.
bool is_a_label(std::string_view label) {
  return label.size() > label_prefix.size() && label.starts_with(label_prefix) &&
         label.find_first_not_of("0123456789ABCDEFGabcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

BackupSet set_of(const json::value& entry) {
  BackupSet set;
  set.label = text_of(member(entry, "backup_name"));
  set.first_wal = text_of(member(entry, "wal_file_name"));
  set.started = time_of(member(entry, "start_time"));
  set.stopped = time_of(member(entry, "finish_time"));
  set.start_lsn = lsn_of(member(entry, "start_lsn"));
  set.stop_lsn = lsn_of(member(entry, "finish_lsn"));
  set.database_bytes = whole_of(member(entry, "uncompressed_size")).value_or(0);
  set.stored_bytes = whole_of(member(entry, "compressed_size")).value_or(0);
  set.system_id = whole_of(member(entry, "system_identifier"));
  // The sentinel that makes a backup be listed is written last.
  set.complete = set.stopped != core::WallTime{} && set.stop_lsn;
  if (!set.complete) set.trouble = "wal-g does not tell when it ended";
  return set;
}

// A delta names what it builds upon only by where that began.
void find_reference(std::vector<BackupSet>& sets, BackupSet& set) {
  const std::size_t mark = set.label.find(delta_mark);
  if (mark == std::string::npos) return;
  set.kind = BackupKind::incremental;
  const std::string base = std::string(label_prefix) + set.label.substr(mark + delta_mark.size());
  for (const BackupSet& other : sets) {
    if (other.label == base || other.label.starts_with(base + std::string(delta_mark)))
      set.references.push_back(other.label);
  }
  if (!set.references.empty()) return;
  set.references.push_back(base);  // which nobody has
  set.complete = false;
  set.trouble = "the backup that it builds upon, " + base + ", is not in the list";
}

// "obj 5242880 2026-11-21 15:25:09.242 +0000 UTC 000000010000000000000015.lz4"
std::optional<ArchivedFile> read_line(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t space = std::min(line.find(' '), line.size());
    if (space > 0) words.push_back(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  constexpr std::size_t columns = 7;
  if (words.size() < columns || words[0] != "obj") return std::nullopt;
  ArchivedFile file;
  std::string_view name = words[columns - 1];
  file.object = "wal_005/" + std::string(name);
  file.compressed = take_suffix(name, suffixes);
  if (!wal::read_name(name)) return std::nullopt;
  file.name = name;
  const auto bytes = core::read_number<std::uint64_t>(words[1]);
  if (!bytes) return std::nullopt;
  file.stored_bytes = *bytes;
  if (words[4] == "+0000") {
    file.stored =
        core::read_time(std::string(words[2]) + "T" + std::string(words[3]) + "Z").value_or(core::WallTime{});
  }
  return file;
}

}  // namespace

core::Outcome<std::vector<BackupSet>> read_backups(std::string_view text) {
  const core::Outcome<json::value> document = read_json(text, "what wal-g backup-list says");
  if (!document) return core::fail(document.error());
  if (!document->is_array()) {
    return core::fail(core::Errc::corrupt, "cannot understand what wal-g backup-list says: it is no list");
  }
  std::vector<BackupSet> sets;
  for (const json::value* entry : items(&*document)) {
    BackupSet set = set_of(*entry);
    if (is_a_label(set.label)) sets.push_back(std::move(set));
  }
  for (BackupSet& set : sets) find_reference(sets, set);
  std::stable_sort(sets.begin(), sets.end(),
                   [](const BackupSet& a, const BackupSet& b) { return a.stopped < b.stopped; });
  return sets;
}

core::Outcome<bool> has_no_tablespaces(std::string_view sentinel) {
  const core::Outcome<json::value> document = read_json(sentinel, "the sentinel of a backup");
  if (!document) return core::fail(document.error());
  const json::object* said = document->if_object();
  if (said == nullptr || !said->contains("LSN")) {
    return core::fail(core::Errc::corrupt, "cannot understand the sentinel of a backup: it is none");
  }
  const json::value* spec = said->if_contains("Spec");
  if (spec == nullptr || spec->is_null()) return true;
  const json::value* named = member(*spec, "tablespaces");
  return spec->is_object() && (named == nullptr || items(named).empty());
}

core::Outcome<std::vector<ArchivedFile>> read_archive(std::string_view text) {
  if (!text.starts_with("type")) {
    const std::string shown = first_line(text.substr(0, 1000));
    return core::fail(core::Errc::corrupt, "cannot understand what wal-g st ls says" +
                                               (shown.empty() ? ": nothing" : ", it begins with: " + shown));
  }
  std::vector<ArchivedFile> files;
  while (!text.empty()) {
    if (auto file = read_line(core::take_line(text))) files.push_back(std::move(*file));
  }
  sort_by_name(files);
  return files;
}

}  // namespace outrider::catalogs::walg
