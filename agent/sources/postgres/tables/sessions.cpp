// Who is connected, how long they have been at it, and who waits for whom.
#include "agent/sources/postgres/tables/tables.hpp"

namespace outrider::sources::postgres {
namespace {

constexpr std::array<Column, 4> activity_columns{{
    {"datname", Use::label, ""},
    {"state", Use::label, ""},
    {"count", Use::gauge, "number of connections in this state"},
    {"max_tx_duration", Use::gauge, "max duration in seconds any active transaction has been running"},
}};

constexpr std::string_view activity_statement =
    "select d.datname, s.state, coalesce(a.count, 0) as count, coalesce(a.longest, 0) as max_tx_duration "
    "from (values ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'), "
    "('fastpath function call'), ('disabled')) as s(state) cross join pg_database d left join "
    "(select datname, state, count(*) as count, "
    "max(extract(epoch from now() - xact_start))::float as longest from pg_stat_activity "
    "group by datname, state) a on a.state = s.state and a.datname = d.datname";

constexpr std::array<Column, 3> lock_columns{{
    {"datname", Use::label, ""},
    {"mode", Use::label, ""},
    {"count", Use::gauge, "Number of locks"},
}};

constexpr std::string_view lock_statement =
    "select d.datname, m.mode, coalesce(l.count, 0) as count from (values ('accesssharelock'), "
    "('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'), ('sharelock'), "
    "('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'), ('sireadlock')) as m(mode) "
    "cross join pg_database d left join (select database, lower(mode) as mode, count(*) as count "
    "from pg_locks where database is not null group by 1, 2) l on l.mode = m.mode and l.database = d.oid";

constexpr std::array<Column, 2> waiting_columns{{
    {"blocked_backends", Use::gauge, "Number of backends that wait for a lock which another backend holds"},
    {"blocked_longest_seconds", Use::gauge, "How long the one that waits longest for a lock has waited"},
}};

constexpr std::string_view waiting_statement =
    "select count(*) as blocked_backends, coalesce(max(extract(epoch from now() - state_change)), 0) as "
    "blocked_longest_seconds from pg_stat_activity where wait_event_type = 'Lock'";

constexpr std::array<Column, 2> long_columns{{
    {"transactions", Use::gauge, "Current number of long running transactions", ""},
    {"age_in_seconds", Use::gauge, "The current maximum transaction age in seconds", "age_in_seconds"},
}};

constexpr std::string_view long_statement =
    "select count(*) as transactions, coalesce(max(extract(epoch from now() - xact_start)), 0) as "
    "age_in_seconds from pg_stat_activity where state is distinct from 'idle' and "
    "backend_type = 'client backend' and now() - xact_start > interval '1 minute'";

constexpr std::array<Column, 3> room_columns{{
    {"client_backends", Use::gauge, "Number of connections of clients"},
    {"connection_limit", Use::gauge, "Number of connections that clients other than superusers may have"},
    {"connections_left", Use::gauge, "Number of connections that are left for clients other than superusers"},
}};

constexpr std::string_view room_statement =
    "select used as client_backends, most as connection_limit, most - used as connections_left from "
    "(select (select count(*) from pg_stat_activity where backend_type = 'client backend') as used, "
    "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "
    "most) "
    "as room";

constexpr std::array<Question, 5> questions{{
    {"stat_activity", "pg_stat_activity", activity_statement, activity_columns},
    {"locks", "pg_locks", lock_statement, lock_columns},
    {"blocked", "pg", waiting_statement, waiting_columns},
    {"long_running_transactions", "pg_long_running_transactions", long_statement, long_columns},
    {"connections", "pg", room_statement, room_columns},
}};

}  // namespace

std::span<const Question> sessions() { return questions; }

}  // namespace outrider::sources::postgres
