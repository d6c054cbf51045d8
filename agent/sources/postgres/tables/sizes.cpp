// How large the databases are, and how near their transaction numbers are to the end. Asked once a minute: a
// size is a walk over files.
#include "agent/sources/postgres/tables/tables.hpp"

namespace outrider::sources::postgres {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Column, 2> size_columns{{
    {"datname", Use::label, ""},
    {"size_bytes", Use::gauge, "Disk space used by the database"},
}};

// Of those that we may connect to: of another its size is refused, and with it the whole answer.
constexpr std::string_view size_statement =
    "select datname, pg_database_size(oid) as size_bytes from pg_database "
    "where has_database_privilege(oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage')";

constexpr std::array<Column, 3> age_columns{{
    {"datname", Use::label, ""},
    {"age_datfrozenxid_seconds", Use::gauge, "Age of the oldest transaction ID that has not been frozen."},
    {"age_datminmxid_seconds", Use::gauge,
     "Age of the oldest multi-transaction ID that has been replaced with a transaction ID."},
}};

constexpr std::string_view age_statement =
    "select datname, age(datfrozenxid) as age_datfrozenxid_seconds, mxid_age(datminmxid) as "
    "age_datminmxid_seconds from pg_database where datallowconn";

constexpr std::array<Question, 2> questions{{
    {"database", "pg_database", size_statement, size_columns, Where::anywhere, 0, 1 << 30, 60s},
    {"database_wraparound", "pg_database_wraparound", age_statement, age_columns, Where::anywhere, 0, 1 << 30,
     60s},
}};

}  // namespace

std::span<const Question> sizes() { return questions; }

}  // namespace outrider::sources::postgres
