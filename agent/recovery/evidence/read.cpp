// Rows to Evidence. A value that is not there, or not of its kind, is nothing.
#include "agent/core/number.hpp"
#include "agent/recovery/evidence/look.hpp"
#include "agent/wal/names.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace outrider::recovery {
namespace {

namespace json = boost::json;

std::optional<core::WallTime> time_of(std::optional<std::int64_t> micros) {
  if (!micros) return std::nullopt;
  return core::WallTime(std::chrono::microseconds(*micros));
}

std::optional<wal::Lsn> lsn_of(const sql::Value& text) { return text ? wal::parse_lsn(*text) : std::nullopt; }

std::optional<std::uint64_t> count_of(std::optional<std::int64_t> number) {
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// One object of JSON, asked for its keys.
class Fields {
 public:
  explicit Fields(const json::value& value) : object_(value.if_object()) {}

  std::string text(std::string_view key) const {
    const json::value* const value = find(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }
  std::optional<std::int64_t> whole(std::string_view key) const {
    const json::value* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->if_int64()) return *number;
    if (const auto* number = value->if_uint64()) return static_cast<std::int64_t>(*number);
    return std::nullopt;
  }
  std::optional<bool> truth(std::string_view key) const {
    const json::value* const value = find(key);
    if (value == nullptr || !value->is_bool()) return std::nullopt;
    return value->get_bool();
  }
  std::optional<wal::Lsn> lsn(std::string_view key) const {
    const std::string written = text(key);
    return written.empty() ? std::nullopt : wal::parse_lsn(written);
  }
  bool there() const { return object_ != nullptr; }

 private:
  const json::value* find(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(key);
  }
  const json::object* object_;
};

json::value parsed(const sql::Rows& rows, std::string_view column) {
  const sql::Value text = rows.text(0, column);
  if (!text) return nullptr;
  boost::system::error_code trouble;
  json::value value = json::parse(*text, trouble);
  return trouble ? json::value(nullptr) : value;
}

// An empty aggregate is NULL: the view was asked, and had no rows.
std::vector<json::value> list_of(const sql::Rows& rows, std::string_view column) {
  const json::value value = parsed(rows, column);
  std::vector<json::value> items;
  if (const auto* array = value.if_array()) items.assign(array->begin(), array->end());
  return items;
}

void read_positions(const Abilities& can, const sql::Rows& rows, Evidence& evidence) {
  evidence.server_time = time_of(rows.whole(0, "server_time"));
  evidence.server_started = time_of(rows.whole(0, "server_started"));
  evidence.version = can.version;
  // It is signed there, and two's complement is what all tools show of it.
  if (const auto id = rows.whole(0, "system_id")) evidence.system_id = static_cast<std::uint64_t>(*id);
  evidence.written = lsn_of(rows.text(0, "written"));
  evidence.inserted = lsn_of(rows.text(0, "inserted"));
  evidence.flushed = lsn_of(rows.text(0, "flushed"));
  evidence.transactions = rows.text(0, "transactions").value_or("");
  evidence.in_recovery = !evidence.written.has_value();
  // The last checkpoint's is late after a promotion; the current file's is not.
  const sql::Value file = rows.text(0, "wal_file");
  if (const auto name = file ? wal::read_name(*file) : std::nullopt)
    evidence.timeline = name->timeline;
  else
    evidence.timeline = count_of(rows.whole(0, "checkpoint_timeline"));
}

void read_archiver(const sql::Rows& rows, Evidence& evidence) {
  const json::value value = parsed(rows, "archiver");
  const Fields fields(value);
  const auto archived = count_of(fields.whole("archived_count"));
  const auto failed = count_of(fields.whole("failed_count"));
  if (!archived || !failed) return;
  ArchiverView view;
  view.archived = *archived;
  view.failed = *failed;
  view.last_archived = fields.text("last_archived_wal");
  view.last_failed = fields.text("last_failed_wal");
  view.last_archived_time = time_of(fields.whole("last_archived_time"));
  view.last_failed_time = time_of(fields.whole("last_failed_time"));
  view.counted_since = time_of(fields.whole("stats_reset"));
  evidence.archiver = std::move(view);
}

void read_folders(const sql::Rows& rows, Evidence& evidence) {
  const json::value ready = parsed(rows, "ready");
  const Fields waiting(ready);
  if (const auto count = count_of(waiting.whole("count"))) {
    std::string oldest = waiting.text("oldest");
    if (oldest.ends_with(".ready")) oldest.resize(oldest.size() - 6);
    evidence.ready = ReadyView{*count, std::move(oldest), time_of(waiting.whole("oldest_time"))};
  }
  const json::value folder = parsed(rows, "wal_folder");
  const Fields files(folder);
  if (const auto count = count_of(files.whole("files")))
    evidence.wal_folder = WalFolderView{count_of(files.whole("bytes")).value_or(0), *count};
}

void read_settings(const sql::Rows& rows, Evidence& evidence) {
  const json::value value = parsed(rows, "settings");
  const auto* const object = value.if_object();
  if (object == nullptr) return;
  std::map<std::string, SettingView> settings;
  for (const auto& [name, setting] : *object) {
    const Fields fields(setting);
    settings[std::string(name)] = {fields.text("value"), fields.text("unit"),
                                   fields.truth("pending_restart").value_or(false)};
  }
  evidence.settings = std::move(settings);
  const SettingView* const segment = evidence.setting("wal_segment_size");
  if (segment == nullptr) return;
  const auto bytes = core::read_number<std::uint64_t>(segment->value);
  if (bytes && wal::is_segment_size(*bytes)) evidence.segment_bytes = *bytes;
}

void read_replicas(const Abilities& can, const sql::Rows& rows, Evidence& evidence) {
  evidence.replicas.emplace();
  for (const json::value& item : list_of(rows, "replicas")) {
    const Fields fields(item);
    ReplicaView replica;
    replica.name = fields.text("application_name");
    replica.address = fields.text("client_addr");
    replica.state = fields.text("state");
    replica.sync_state = fields.text("sync_state");
    replica.sent = fields.lsn("sent_lsn");
    replica.written = fields.lsn("write_lsn");
    replica.flushed = fields.lsn("flush_lsn");
    replica.replayed = fields.lsn("replay_lsn");
    if (const auto lag = fields.whole("replay_lag_us")) replica.replay_lag = std::chrono::microseconds(*lag);
    evidence.replicas->push_back(std::move(replica));
  }
  if (!can.reads_stats && !evidence.replicas->empty())
    evidence.troubles.push_back("the state of the replicas cannot be seen: grant pg_monitor to this role");
}

void read_slots(const sql::Rows& rows, Evidence& evidence) {
  evidence.slots.emplace();
  for (const json::value& item : list_of(rows, "slots")) {
    const Fields fields(item);
    SlotView slot;
    slot.name = fields.text("slot_name");
    slot.kind = fields.text("slot_type");
    slot.database = fields.text("database");
    slot.active = fields.truth("active");
    slot.restart = fields.lsn("restart_lsn");
    slot.wal_status = fields.text("wal_status");
    slot.safe_bytes = fields.whole("safe_wal_size");
    slot.retained_bytes = count_of(fields.whole("retained_bytes"));
    slot.inactive_since = time_of(fields.whole("inactive_since_us"));
    slot.temporary = fields.truth("temporary").value_or(false);
    evidence.slots->push_back(std::move(slot));
  }
}

void read_standby(const Abilities& can, const sql::Rows& rows, Evidence& evidence) {
  if (!evidence.in_recovery.value_or(false)) return;
  StandbyView standby;
  standby.received = lsn_of(rows.text(0, "received"));
  standby.replayed = lsn_of(rows.text(0, "replayed"));
  standby.last_commit = time_of(rows.whole(0, "last_commit"));
  standby.paused = rows.truth(0, "paused");
  standby.conflicts = count_of(rows.whole(0, "conflicts"));
  for (const json::value& item : list_of(rows, "receiver")) {
    const Fields fields(item);
    standby.receiver = fields.text("status");
    if (const auto timeline = count_of(fields.whole("received_tli"))) evidence.timeline = *timeline;
  }
  if (!can.reads_stats)
    evidence.troubles.push_back("the WAL receiver cannot be seen: grant pg_monitor to this role");
  evidence.standby = std::move(standby);
}

void read_databases(const sql::Rows& rows, Evidence& evidence) {
  const json::value databases = parsed(rows, "databases");
  const Fields fields(databases);
  evidence.commits = count_of(fields.whole("commits"));
  evidence.checksum_failures = count_of(fields.whole("checksum_failures"));
  const json::value value = parsed(rows, "sizes");
  const Fields sizes(value);
  if (!sizes.there()) return;
  if (sizes.whole("unseen").value_or(1) == 0)
    evidence.database_bytes = count_of(sizes.whole("bytes"));
  else
    evidence.troubles.push_back("the size of some databases cannot be seen: grant pg_monitor to this role");
}

void name_troubles(const Abilities& can, Evidence& evidence) {
  const auto unseen = [&evidence](bool fine, std::string_view what) {
    if (fine) return;
    evidence.troubles.push_back(std::string(what) + " cannot be seen: grant pg_monitor to this role");
  };
  unseen(can.archive_status, "the archiver's queue (pg_ls_archive_statusdir)");
  unseen(can.wal_folder, "what lies in pg_wal (pg_ls_waldir)");
  unseen(can.control_system, "the system identifier (pg_control_system)");
  unseen(can.reads_settings, "archive_command and other settings");
  if (!evidence.archiver) evidence.troubles.push_back("pg_stat_archiver cannot be read");
  if (evidence.segment_bytes == 0) evidence.troubles.push_back("wal_segment_size cannot be read");
}

}  // namespace

void read_look(const Abilities& can, const sql::Rows& rows, Evidence& evidence) {
  read_positions(can, rows, evidence);
  read_archiver(rows, evidence);
  read_folders(rows, evidence);
  read_settings(rows, evidence);
  read_replicas(can, rows, evidence);
  read_slots(rows, evidence);
  read_standby(can, rows, evidence);
  read_databases(rows, evidence);
  name_troubles(can, evidence);
}

const SettingView* Evidence::setting(const std::string& name) const {
  if (!settings) return nullptr;
  const auto found = settings->find(name);
  return found == settings->end() ? nullptr : &found->second;
}

std::optional<core::Duration> duration_setting(const Evidence& evidence, const std::string& name) {
  const SettingView* const setting = evidence.setting(name);
  if (setting == nullptr) return std::nullopt;
  const auto number = core::read_number<std::int64_t>(setting->value);
  if (!number) return std::nullopt;
  if (setting->unit == "ms") return std::chrono::milliseconds(*number);
  if (setting->unit == "s") return std::chrono::seconds(*number);
  if (setting->unit == "min") return std::chrono::minutes(*number);
  return std::nullopt;
}

}  // namespace outrider::recovery
