#include "agent/sources/pgbouncer/tables.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace outrider::sources::pgbouncer {
namespace {

using telemetry::FamilyWriter;
using telemetry::LabelView;
using telemetry::MetricType;

constexpr std::array<Column, 1> version_columns{{
    {"version", Use::label, "version_info", "The pgbouncer version info"},
}};

constexpr std::array<Column, 11> list_columns{{
    {"databases", Use::gauge, "databases", "Count of databases"},
    {"users", Use::gauge, "users", "Count of users"},
    {"pools", Use::gauge, "pools", "Count of pools"},
    {"free_clients", Use::gauge, "free_clients", "Count of free clients"},
    {"used_clients", Use::gauge, "used_clients", "Count of used clients"},
    {"login_clients", Use::gauge, "login_clients", "Count of clients in login state"},
    {"free_servers", Use::gauge, "free_servers", "Count of free servers"},
    {"used_servers", Use::gauge, "used_servers", "Count of used servers"},
    {"dns_names", Use::gauge, "cached_dns_names", "Count of DNS names in the cache"},
    {"dns_zones", Use::gauge, "cached_dns_zones", "Count of DNS zones in the cache"},
    {"dns_queries", Use::gauge, "in_flight_dns_queries", "Count of in-flight DNS queries"},
}};

constexpr std::array<Column, 2> config_columns{{
    {"max_client_conn", Use::gauge, "max_client_connections", "Config maximum number of client connections"},
    {"max_user_connections", Use::gauge, "max_user_connections",
     "Config maximum number of server connections per user"},
}};

constexpr std::array<Column, 12> database_columns{{
    {"name", Use::label},
    {"host", Use::label},
    {"port", Use::label},
    {"database", Use::label},
    {"force_user", Use::label},
    {"pool_mode", Use::label},
    {"pool_size", Use::gauge, "pool_size", "Maximum number of server connections"},
    {"reserve_pool", Use::gauge, "reserve_pool",
     "Maximum number of additional connections for this database"},
    {"max_connections", Use::gauge, "max_connections",
     "Maximum number of allowed connections for this database"},
    {"current_connections", Use::gauge, "current_connections",
     "Current number of connections for this database"},
    {"paused", Use::gauge, "paused", "1 if this database is currently paused, else 0"},
    {"disabled", Use::gauge, "disabled", "1 if this database is currently disabled, else 0"},
}};

constexpr std::array<Column, 14> pool_columns{{
    {"database", Use::label},
    {"user", Use::label},
    {"cl_active", Use::gauge, "client_active_connections",
     "Client connections linked to server connection and able to process queries, shown as connection"},
    {"cl_active_cancel_req", Use::gauge, "client_active_cancel_connections",
     "Client connections that have forwarded query cancellations to the server and are waiting for the "
     "server "
     "response"},
    {"cl_waiting", Use::gauge, "client_waiting_connections",
     "Client connections waiting on a server connection, shown as connection"},
    {"cl_waiting_cancel_req", Use::gauge, "client_waiting_cancel_connections",
     "Client connections that have not forwarded query cancellations to the server yet"},
    {"sv_active", Use::gauge, "server_active_connections",
     "Server connections linked to a client connection, shown as connection"},
    {"sv_active_cancel", Use::gauge, "server_active_cancel_connections",
     "Server connections that are currently forwarding a cancel request."},
    {"sv_being_canceled", Use::gauge, "server_being_canceled_connections",
     "Servers that normally could become idle but are waiting to do so until all in-flight cancel requests "
     "have "
     "completed that were sent to cancel a query on this server."},
    {"sv_idle", Use::gauge, "server_idle_connections",
     "Server connections idle and ready for a client query, shown as connection"},
    {"sv_used", Use::gauge, "server_used_connections",
     "Server connections idle more than server_check_delay, needing server_check_query, shown as connection"},
    {"sv_tested", Use::gauge, "server_testing_connections",
     "Server connections currently running either server_reset_query or server_check_query, shown as "
     "connection"},
    {"sv_login", Use::gauge, "server_login_connections",
     "Server connections currently in the process of logging in, shown as connection"},
    {"maxwait", Use::gauge, "client_maxwait_seconds",
     "Age of oldest unserved client connection, shown as second"},
}};

constexpr std::array<Column, 11> stats_columns{{
    {"database", Use::label},
    {"total_query_count", Use::counter, "queries_pooled_total", "Total number of SQL queries pooled"},
    {"total_query_time", Use::counter, "queries_duration_seconds_total",
     "Total number of seconds spent by pgbouncer when actively connected to PostgreSQL, executing queries",
     1e6},
    {"total_received", Use::counter, "received_bytes_total",
     "Total volume in bytes of network traffic received by pgbouncer, shown as bytes"},
    {"total_sent", Use::counter, "sent_bytes_total",
     "Total volume in bytes of network traffic sent by pgbouncer, shown as bytes"},
    {"total_wait_time", Use::counter, "client_wait_seconds_total",
     "Time spent by clients waiting for a server in seconds", 1e6},
    {"total_xact_count", Use::counter, "sql_transactions_pooled_total",
     "Total number of SQL transactions pooled"},
    {"total_xact_time", Use::counter, "server_in_transaction_seconds_total",
     "Total number of seconds spent by pgbouncer when connected to PostgreSQL in a transaction, either idle "
     "in "
     "transaction or executing queries",
     1e6},
    {"total_client_parse_count", Use::counter, "client_parses_total",
     "Total number of prepared statement Parse messages received from clients"},
    {"total_server_parse_count", Use::counter, "server_parses_total",
     "Total number of prepared statement Parse messages sent by pgbouncer to PostgreSQL"},
    {"total_bind_count", Use::counter, "binds_total",
     "Total number of prepared statements readied for execution with a Bind message"},
}};

constexpr std::array<Question, 6> questions{{
    {"SHOW VERSION", "pgbouncer", Shape::words, version_columns},
    {"SHOW LISTS", "pgbouncer", Shape::names, list_columns},
    {"SHOW CONFIG", "pgbouncer_config", Shape::names, config_columns},
    {"SHOW DATABASES", "pgbouncer_databases", Shape::table, database_columns},
    {"SHOW POOLS", "pgbouncer_pools", Shape::table, pool_columns},
    {"SHOW STATS", "pgbouncer_stats", Shape::table, stats_columns},
}};

void put(FamilyWriter& out, const Question& question, const Column& column, double value,
         std::span<const LabelView> labels) {
  const MetricType type = column.use == Use::counter ? MetricType::counter : MetricType::gauge;
  const std::string name = fmt::format("{}_{}", question.prefix, column.shown);
  out.put_labelled(out.family(name, type, column.help), value / column.divisor, labels);
}

void put_table(FamilyWriter& out, const Question& question, const sql::Rows& rows, std::size_t row) {
  std::vector<std::string> words(question.columns.size());
  std::vector<LabelView> labels;
  for (std::size_t at = 0; at < question.columns.size(); ++at) {
    if (question.columns[at].use != Use::label) continue;
    words[at] = rows.text(row, question.columns[at].name).value_or("");
    labels.push_back({question.columns[at].name, words[at]});
  }
  for (const Column& column : question.columns) {
    if (question.shape == Shape::words) {
      put(out, question, column, 1, labels);
    } else if (column.use != Use::label) {
      const auto number = rows.number(row, column.name);
      if (number) put(out, question, column, *number, labels);
    }
  }
}

// Each row has the name in its first column, and the number in its second.
void put_names(FamilyWriter& out, const Question& question, const sql::Rows& rows) {
  if (rows.columns.size() < 2) return;
  for (std::size_t row = 0; row < rows.rows.size(); ++row) {
    const sql::Value name = rows.text(row, rows.columns[0]);
    const auto number = rows.number(row, rows.columns[1]);
    for (const Column& column : question.columns) {
      if (number && name == column.name) put(out, question, column, *number, {});
    }
  }
}

}  // namespace

std::span<const Question> all_questions() { return questions; }

void put_up(FamilyWriter& out, bool is_up) {
  out.put(out.family("pgbouncer_up", MetricType::gauge, "The pgbouncer scrape succeeded"), is_up ? 1 : 0);
}

void put_rows(FamilyWriter& out, const Question& question, const sql::Rows& rows) {
  if (question.shape == Shape::names) return put_names(out, question, rows);
  for (std::size_t row = 0; row < rows.rows.size(); ++row) put_table(out, question, rows, row);
}

}  // namespace outrider::sources::pgbouncer
