#include "agent/recovery/evidence/look.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

// A function may be gone, or be there and not be ours to call; either would fail the whole statement.
std::string may_call(std::string_view function, std::string_view name) {
  return fmt::format(
      "coalesce(has_function_privilege(to_regprocedure('pg_catalog.{}')::oid, 'EXECUTE'), false) AS {}",
      function, name);
}

std::string micros(std::string_view expression) {
  return fmt::format("(extract(epoch from {}) * 1000000)::bigint", expression);
}

// Rows as JSON: a column that this version has not is a key that is not there.
constexpr std::string_view settings_asked =
    "'archive_mode','archive_command','archive_library','archive_timeout','wal_level','fsync',"
    "'full_page_writes','data_checksums','max_slot_wal_keep_size','synchronous_commit',"
    "'synchronous_standby_names','wal_segment_size','shared_preload_libraries','data_directory',"
    "'restore_command','primary_slot_name','hot_standby','zero_damaged_pages','ignore_checksum_failure'";

std::string archiver_columns() {
  return fmt::format(
      "(SELECT json_build_object('archived_count', archived_count, 'last_archived_wal', last_archived_wal, "
      "'last_archived_time', {}, 'failed_count', failed_count, 'last_failed_wal', last_failed_wal, "
      "'last_failed_time', {}, 'stats_reset', {}) FROM pg_catalog.pg_stat_archiver) AS archiver",
      micros("last_archived_time"), micros("last_failed_time"), micros("stats_reset"));
}

std::string folder_columns(const Abilities& can) {
  std::string out;
  if (can.archive_status) {
    out += fmt::format(
        ", (SELECT json_build_object('count', count(*), 'oldest', min(name), 'oldest_time', {}) FROM "
        "pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready') AS ready",
        micros("min(modification)"));
  }
  if (can.wal_folder) {
    out +=
        ", (SELECT json_build_object('files', count(*), 'bytes', sum(size)::bigint) FROM "
        "pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}') AS wal_folder";
  }
  return out;
}

std::string position_columns(const Abilities& can) {
  std::string out =
      ", CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END AS written"
      ", CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() END AS inserted"
      ", CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END AS flushed"
      ", CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_insert_lsn()) END AS wal_file"
      ", CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() END AS received"
      ", CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END AS replayed"
      ", CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused";
  out += fmt::format(", {} AS last_commit",
                     micros("CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() END"));
  if (can.control_system)
    out += ", (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system_id";
  if (can.control_checkpoint)
    out += ", (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()) AS checkpoint_timeline";
  out += can.snapshot ? ", pg_current_snapshot()::text AS transactions"
                      : ", txid_current_snapshot()::text AS transactions";
  return out;
}

std::string row_columns() {
  return fmt::format(
      ", (SELECT json_agg(to_jsonb(r) || jsonb_build_object('replay_lag_us', {0})) FROM "
      "pg_catalog.pg_stat_replication r) AS replicas"
      ", (SELECT json_agg(to_jsonb(s) || jsonb_build_object('retained_bytes', CASE WHEN s.restart_lsn IS NOT "
      "NULL THEN pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE "
      "pg_current_wal_lsn() END, s.restart_lsn)::bigint END, 'inactive_since_us', {2})) FROM "
      "pg_catalog.pg_replication_slots s) AS slots"
      ", (SELECT json_object_agg(name, json_build_object('value', setting, 'unit', unit, 'pending_restart', "
      "pending_restart)) FROM pg_catalog.pg_settings WHERE name IN ({1})) AS settings"
      ", (SELECT json_agg(to_jsonb(w) - 'conninfo') FROM pg_catalog.pg_stat_wal_receiver w) AS receiver"
      ", (SELECT sum(confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock)"
      "::bigint FROM pg_catalog.pg_stat_database_conflicts) AS conflicts"
      ", (SELECT json_build_object('commits', sum(xact_commit)::bigint, 'checksum_failures', "
      "sum(checksum_failures)::bigint) FROM pg_catalog.pg_stat_database) AS databases",
      micros("r.replay_lag"), settings_asked, micros("(to_jsonb(s)->>'inactive_since')::timestamptz"));
}

}  // namespace

const std::string& abilities_statement() {
  static const std::string statement =
      "SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS in_recovery, " +
      may_call("pg_control_system()", "control_system") + ", " +
      may_call("pg_control_checkpoint()", "control_checkpoint") + ", " +
      may_call("pg_ls_waldir()", "wal_folder") + ", " +
      may_call("pg_ls_archive_statusdir()", "archive_status") + ", " +
      may_call("pg_current_snapshot()", "snapshot") +
      ", coalesce(pg_has_role(to_regrole('pg_read_all_stats')::oid, 'USAGE'), false) AS reads_stats"
      ", coalesce(pg_has_role(to_regrole('pg_read_all_settings')::oid, 'USAGE'), false) AS reads_settings";
  return statement;
}

std::string look_statement(const Abilities& can, bool sizes) {
  std::string out = fmt::format("SELECT {} AS server_time, {} AS server_started, ",
                                micros("clock_timestamp()"), micros("pg_postmaster_start_time()"));
  out += archiver_columns() + position_columns(can) + folder_columns(can) + row_columns();
  if (sizes) {
    // Of a database we may not connect to, the size is not ours to ask.
    out += fmt::format(
        ", (SELECT json_build_object('bytes', sum(CASE WHEN {0} THEN pg_database_size(oid) END)::bigint, "
        "'unseen', count(*) FILTER (WHERE NOT {0})) FROM pg_catalog.pg_database) AS sizes",
        can.reads_stats ? "true" : "has_database_privilege(oid, 'CONNECT')");
  }
  return out;
}

Abilities read_abilities(const sql::Rows& rows) {
  const auto says = [&rows](std::string_view column) { return rows.truth(0, column).value_or(false); };
  Abilities can;
  can.version = static_cast<int>(rows.whole(0, "version").value_or(0));
  can.in_recovery = says("in_recovery");
  can.control_system = says("control_system");
  can.control_checkpoint = says("control_checkpoint");
  can.wal_folder = says("wal_folder");
  can.archive_status = says("archive_status");
  can.reads_stats = says("reads_stats");
  can.reads_settings = says("reads_settings");
  can.snapshot = says("snapshot");
  return can;
}

}  // namespace outrider::recovery
