// Standbys as a primary sees them, slots, and how far a standby is behind.
#include "agent/sources/postgres/tables/tables.hpp"

namespace outrider::sources::postgres {
namespace {

constexpr std::array<Column, 9> follower_columns{{
    {"application_name", Use::label, ""},
    {"client_addr", Use::label, ""},
    {"state", Use::label, ""},
    {"slot_name", Use::label, ""},
    {"pg_current_wal_lsn_bytes", Use::gauge, "WAL position in bytes"},
    {"pg_wal_lsn_diff", Use::gauge, "Lag in bytes between master and slave"},
    {"write_lag_seconds", Use::gauge,
     "How long ago the WAL was written here that the standby has written last"},
    {"flush_lag_seconds", Use::gauge,
     "How long ago the WAL was written here that the standby has flushed last"},
    {"replay_lag_seconds", Use::gauge,
     "How long ago the WAL was written here that the standby has replayed last"},
}};

constexpr std::string_view follower_statement =
    "select r.application_name, host(r.client_addr) as client_addr, r.state, s.slot_name, "
    "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float as pg_current_wal_lsn_bytes, "
    "pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::float as pg_wal_lsn_diff, "
    "extract(epoch from r.write_lag) as write_lag_seconds, extract(epoch from r.flush_lag) as "
    "flush_lag_seconds, extract(epoch from r.replay_lag) as replay_lag_seconds "
    "from pg_stat_replication r left join pg_replication_slots s on s.active_pid = r.pid";

constexpr std::array<Column, 4> slot_columns{{
    {"slot_name", Use::label, ""},
    {"database", Use::label, ""},
    {"active", Use::gauge, "Flag indicating if the slot is active"},
    {"pg_wal_lsn_diff", Use::gauge, "Replication lag in bytes"},
}};

constexpr std::string_view slot_statement =
    "select slot_name, database, active, pg_wal_lsn_diff(case when pg_is_in_recovery() then "
    "pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)::float as pg_wal_lsn_diff "
    "from pg_replication_slots";

// Since 13 the server says how near a slot is to being given up.
constexpr std::array<Column, 4> safety_columns{{
    {"slot_name", Use::label, ""},
    {"slot_type", Use::label, ""},
    {"safe_wal_size_bytes", Use::gauge,
     "number of bytes that can be written to WAL such that this slot is not in danger of getting in state "
     "lost"},
    {"lost", Use::gauge, "1 when the slot needs WAL that is gone, or may go at the next checkpoint"},
}};

constexpr std::string_view safety_statement =
    "select slot_name, slot_type, safe_wal_size as safe_wal_size_bytes, "
    "wal_status in ('unreserved', 'lost') as lost from pg_replication_slots";

constexpr std::array<Column, 3> lag_columns{{
    {"lag_seconds", Use::gauge, "Replication lag behind master in seconds"},
    {"is_replica", Use::gauge, "Indicates if the server is a replica"},
    {"receiving", Use::gauge, "1 while WAL is streamed to this server"},
}};

constexpr std::string_view lag_statement =
    "select case when not pg_is_in_recovery() then 0 when exists (select from pg_stat_wal_receiver) and "
    "pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0 else greatest(0, "
    "extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())) end as lag_seconds, "
    "pg_is_in_recovery() as is_replica, exists (select from pg_stat_wal_receiver) as receiving";

constexpr std::array<Question, 4> questions{{
    {"stat_replication", "pg_stat_replication", follower_statement, follower_columns, Where::primary},
    {"replication_slots", "pg_replication_slots", slot_statement, slot_columns},
    {"slot_safety", "pg_replication_slot", safety_statement, safety_columns, Where::anywhere, 130000},
    {"replication", "pg_replication", lag_statement, lag_columns},
}};

}  // namespace

std::span<const Question> replication() { return questions; }

}  // namespace outrider::sources::postgres
