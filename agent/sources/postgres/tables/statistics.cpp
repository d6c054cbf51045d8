// The server's own counts: databases, background writer, archiver, sessions and locks.
#include "agent/sources/postgres/tables/tables.hpp"

namespace outrider::sources::postgres {
namespace {

// Postgres_exporter's help for columns that are newer than it is, and which it has without a type.
constexpr std::string_view unknown = "Unknown metric from pg_stat_database";

constexpr std::array<Column, 28> database_columns{{
    {"datid", Use::label, ""},
    {"datname", Use::label, ""},
    {"numbackends", Use::gauge,
     "Number of backends currently connected to this database. This is the only column in this view that "
     "returns a value reflecting current state; all other columns return the accumulated values since the "
     "last reset."},
    {"xact_commit", Use::counter, "Number of transactions in this database that have been committed"},
    {"xact_rollback", Use::counter, "Number of transactions in this database that have been rolled back"},
    {"blks_read", Use::counter, "Number of disk blocks read in this database"},
    {"blks_hit", Use::counter,
     "Number of times disk blocks were found already in the buffer cache, so that a read was not necessary "
     "(this only includes hits in the PostgreSQL buffer cache, not the operating system's file system "
     "cache)"},
    {"tup_returned", Use::counter, "Number of rows returned by queries in this database"},
    {"tup_fetched", Use::counter, "Number of rows fetched by queries in this database"},
    {"tup_inserted", Use::counter, "Number of rows inserted by queries in this database"},
    {"tup_updated", Use::counter, "Number of rows updated by queries in this database"},
    {"tup_deleted", Use::counter, "Number of rows deleted by queries in this database"},
    {"conflicts", Use::counter,
     "Number of queries canceled due to conflicts with recovery in this database. (Conflicts occur only on "
     "standby servers; see pg_stat_database_conflicts for details.)"},
    {"temp_files", Use::counter,
     "Number of temporary files created by queries in this database. All temporary files are counted, "
     "regardless of why the temporary file was created (e.g., sorting or hashing), and regardless of the "
     "log_temp_files setting."},
    {"temp_bytes", Use::counter,
     "Total amount of data written to temporary files by queries in this database. All temporary files are "
     "counted, regardless of why the temporary file was created, and regardless of the log_temp_files "
     "setting."},
    {"deadlocks", Use::counter, "Number of deadlocks detected in this database"},
    {"blk_read_time", Use::counter,
     "Time spent reading data file blocks by backends in this database, in milliseconds"},
    {"blk_write_time", Use::counter,
     "Time spent writing data file blocks by backends in this database, in milliseconds"},
    {"stats_reset_seconds", Use::counter, "Time at which these statistics were last reset", "stats_reset"},
    {"checksum_failures", Use::untyped, unknown},
    {"failure_seconds", Use::untyped, unknown, "checksum_last_failure"},
    {"session_time", Use::untyped, unknown},
    {"active_time", Use::untyped, unknown},
    {"idle_in_transaction_time", Use::untyped, unknown},
    {"sessions", Use::untyped, unknown},
    {"sessions_abandoned", Use::untyped, unknown},
    {"sessions_fatal", Use::untyped, unknown},
    {"sessions_killed", Use::untyped, unknown},
}};

// What a server does not have yet is not in its answer.
constexpr std::string_view database_statement =
    "select *, extract(epoch from stats_reset) as stats_reset_seconds, "
    "extract(epoch from checksum_last_failure) as failure_seconds from pg_stat_database";

constexpr std::array<Column, 7> conflict_columns{{
    {"datid", Use::label, ""},
    {"datname", Use::label, ""},
    {"confl_tablespace", Use::counter,
     "Number of queries in this database that have been canceled due to dropped tablespaces"},
    {"confl_lock", Use::counter,
     "Number of queries in this database that have been canceled due to lock timeouts"},
    {"confl_snapshot", Use::counter,
     "Number of queries in this database that have been canceled due to old snapshots"},
    {"confl_bufferpin", Use::counter,
     "Number of queries in this database that have been canceled due to pinned buffers"},
    {"confl_deadlock", Use::counter,
     "Number of queries in this database that have been canceled due to deadlocks"},
}};

constexpr std::string_view conflict_statement =
    "select datid, datname, confl_tablespace, confl_lock, confl_snapshot, confl_bufferpin, confl_deadlock "
    "from pg_stat_database_conflicts";

constexpr std::array<Column, 11> writer_columns{{
    {"checkpoints_timed", Use::counter, "Number of scheduled checkpoints that have been performed",
     "checkpoints_timed_total"},
    {"checkpoints_req", Use::counter, "Number of requested checkpoints that have been performed",
     "checkpoints_req_total"},
    {"checkpoint_write_time", Use::counter,
     "Total amount of time that has been spent in the portion of checkpoint processing where files are "
     "written to disk, in milliseconds",
     "checkpoint_write_time_total"},
    {"checkpoint_sync_time", Use::counter,
     "Total amount of time that has been spent in the portion of checkpoint processing where files are "
     "synchronized to disk, in milliseconds",
     "checkpoint_sync_time_total"},
    {"buffers_checkpoint", Use::counter, "Number of buffers written during checkpoints",
     "buffers_checkpoint_total"},
    {"buffers_clean", Use::counter, "Number of buffers written by the background writer",
     "buffers_clean_total"},
    {"maxwritten_clean", Use::counter,
     "Number of times the background writer stopped a cleaning scan because it had written too many buffers",
     "maxwritten_clean_total"},
    {"buffers_backend", Use::counter, "Number of buffers written directly by a backend",
     "buffers_backend_total"},
    {"buffers_backend_fsync", Use::counter,
     "Number of times a backend had to execute its own fsync call (normally the background writer handles "
     "those even when the backend does its own write)",
     "buffers_backend_fsync_total"},
    {"buffers_alloc", Use::counter, "Number of buffers allocated", "buffers_alloc_total"},
    {"stats_reset", Use::counter, "Time at which these statistics were last reset", "stats_reset_total"},
}};

constexpr std::string_view writer_statement =
    "select checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time, "
    "buffers_checkpoint, buffers_clean, maxwritten_clean, buffers_backend, buffers_backend_fsync, "
    "buffers_alloc, floor(extract(epoch from stats_reset)) as stats_reset from pg_stat_bgwriter";

// From 17 on the checkpointer has a view of its own; the families keep their names.
constexpr std::string_view checkpointer_statement =
    "select num_timed as checkpoints_timed, num_requested as checkpoints_req, write_time as "
    "checkpoint_write_time, sync_time as checkpoint_sync_time, buffers_written as buffers_checkpoint, "
    "(select buffers_clean from pg_stat_bgwriter), (select maxwritten_clean from pg_stat_bgwriter), "
    "(select buffers_alloc from pg_stat_bgwriter), floor(extract(epoch from stats_reset)) as stats_reset "
    "from pg_stat_checkpointer";

constexpr std::array<Column, 3> archiver_columns{{
    {"archived_count", Use::counter, "Number of WAL files that have been successfully archived"},
    {"failed_count", Use::counter, "Number of failed attempts for archiving WAL files"},
    {"last_archive_age", Use::gauge, "Time in seconds since last WAL segment was successfully archived"},
}};

constexpr std::string_view archiver_statement =
    "select archived_count, failed_count, extract(epoch from now() - last_archived_time) as last_archive_age "
    "from pg_stat_archiver";

constexpr std::array<Question, 5> questions{{
    {"stat_database", "pg_stat_database", database_statement, database_columns, Where::anywhere, 120000},
    {"stat_database_conflicts", "pg_stat_database_conflicts", conflict_statement, conflict_columns},
    {"bgwriter", "pg_stat_bgwriter", writer_statement, writer_columns, Where::anywhere, 0, 170000},
    {"bgwriter", "pg_stat_bgwriter", checkpointer_statement, writer_columns, Where::anywhere, 170000},
    {"stat_archiver", "pg_stat_archiver", archiver_statement, archiver_columns},
}};

}  // namespace

std::span<const Question> statistics() { return questions; }

}  // namespace outrider::sources::postgres
