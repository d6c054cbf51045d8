#include "agent/sources/postgres/questions/questions.hpp"

#include "agent/sources/postgres/questions/statements.hpp"
#include "agent/telemetry/exposition.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::sources;

namespace {

const postgres::Server primary_server{"db:5432", 150004, false};

const postgres::Question& question(std::string_view name, const postgres::Server& server = primary_server) {
  for (const auto& each : postgres::all_questions()) {
    if (each.name == name && is_for(each, server)) return each;
  }
  throw std::out_of_range(std::string(name));
}

std::string rows_page(telemetry::FamilyWriter& writer) {
  const auto set = writer.take();
  std::string text;
  telemetry::write_exposition({&set}, telemetry::Format::text, text);
  return text;
}

std::string rows_page(std::string_view name, const sql::Rows& rows) {
  telemetry::FamilyWriter writer;
  postgres::put_rows(writer, question(name), primary_server, rows);
  return rows_page(writer);
}

std::string statements_page(const postgres::Statements& statements) {
  telemetry::FamilyWriter writer;
  statements.put(writer, primary_server);
  return rows_page(writer);
}

sql::Rows ranked(std::vector<std::pair<std::string, int>> calls, int total) {
  sql::Rows rows{{"user", "datname", "queryid", "calls", "seconds", "rows", "read_seconds", "write_seconds"},
                 {}};
  for (const auto& [query, count] : calls) {
    const std::string number = std::to_string(count);
    rows.rows.push_back({"app", "shop", query, number, number, number, "0", "0"});
  }
  const std::string number = std::to_string(total);
  rows.rows.push_back({{}, {}, {}, number, number, number, "0", "0"});
  return rows;
}

std::string calls_of(const std::string& page, const std::string& query) {
  const std::string mark = "pg_stat_statements_calls_total{";
  for (std::size_t at = page.find(mark); at != std::string::npos; at = page.find(mark, at + 1)) {
    const std::string line = page.substr(at, page.find('\n', at) - at);
    if (line.find("queryid=\"" + query + "\"") != std::string::npos) return line.substr(line.rfind(' ') + 1);
  }
  return {};
}

}  // namespace

TEST(PostgresQuestions, ARowBecomesASampleOfEachNumber) {
  const std::string page =
      rows_page("stat_database", {{"datname", "datid", "numbackends", "xact_commit", "temp_files"},
                                  {{"app", "16384", "7", "1200", {}}, {{}, "0", "0", "3", "1"}}});
  EXPECT_NE(page.find("# TYPE pg_stat_database_xact_commit counter\n"), std::string::npos) << page;
  EXPECT_NE(
      page.find("pg_stat_database_xact_commit{server=\"db:5432\",datid=\"16384\",datname=\"app\"} 1200\n"),
      std::string::npos)
      << page;
  EXPECT_NE(page.find("pg_stat_database_numbackends{server=\"db:5432\",datid=\"0\"} 0\n"), std::string::npos);
  EXPECT_NE(page.find("temp_files{server=\"db:5432\",datid=\"16384\",datname=\"app\"} NaN\n"),
            std::string::npos)
      << "NULL is what nobody knows";
  EXPECT_EQ(page.find("pg_stat_database_sessions"), std::string::npos)
      << "an older server has no such column";
}

TEST(PostgresQuestions, TruthIsOneAndZero) {
  const std::string page =
      rows_page("replication_slots", {{"slot_name", "database", "active", "pg_wal_lsn_diff"},
                                      {{"proof", {}, "t", "1024"}, {"idle", "app", "f", {}}}});
  EXPECT_NE(page.find("pg_replication_slots_active{server=\"db:5432\",slot_name=\"proof\"} 1\n"),
            std::string::npos)
      << page;
  EXPECT_NE(
      page.find("pg_replication_slots_active{server=\"db:5432\",slot_name=\"idle\",database=\"app\"} 0\n"),
      std::string::npos);
}

TEST(PostgresQuestions, SettingsAreInSecondsAndBytes) {
  const std::string page =
      rows_page("settings", {{"name", "setting", "unit", "short_desc", "vartype"},
                             {{"shared_buffers", "2048", "8kB", "Buffers.", "integer"},
                              {"statement_timeout", "1500", "ms", "Limit.", "integer"},
                              {"log_min_duration_statement", "-1", "ms", "Slow.", "integer"},
                              {"plugin.fsync", "on", "", "Sync.", "bool"},
                              {"odd", "5", "furlongs", "Odd.", "integer"}}});
  EXPECT_NE(page.find("pg_settings_shared_buffers_bytes{server=\"db:5432\"} 16777216\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find("pg_settings_statement_timeout_seconds{server=\"db:5432\"} 1.5\n"), std::string::npos);
  EXPECT_NE(page.find("pg_settings_log_min_duration_statement_seconds{server=\"db:5432\"} -1\n"),
            std::string::npos);
  EXPECT_NE(page.find("pg_settings_plugin_fsync{server=\"db:5432\"} 1\n"), std::string::npos);
  EXPECT_NE(page.find("Buffers. [Units converted to bytes.]"), std::string::npos);
  EXPECT_EQ(page.find("odd"), std::string::npos);
}

TEST(PostgresQuestions, AreForTheServersThatUnderstandThem) {
  const postgres::Server old{"db:5432", 120000, false}, newest{"db:5432", 170000, false},
      standby{"db:5432", 150000, true};
  EXPECT_THROW(question("slot_safety", old), std::out_of_range);
  EXPECT_THROW(question("stat_replication", standby), std::out_of_range);
  EXPECT_EQ(question("bgwriter", primary_server).statement.find("pg_stat_checkpointer"),
            std::string_view::npos);
  EXPECT_NE(question("bgwriter", newest).statement.find("pg_stat_checkpointer"), std::string_view::npos);
  EXPECT_NE(postgres::statements_question(120000, 5).find("sum(total_time)"), std::string::npos);
  EXPECT_NE(postgres::statements_question(170000, 5).find("shared_blk_read_time"), std::string::npos);
}

TEST(PostgresStatements, ShowTheDearestAndTheRestAsOne) {
  postgres::Statements statements(2);
  statements.see(ranked({{"a", 50}, {"b", 30}, {"c", 5}}, 90));
  const std::string page = statements_page(statements);
  EXPECT_EQ(calls_of(page, "a"), "50") << page;
  EXPECT_EQ(calls_of(page, "b"), "30");
  EXPECT_EQ(calls_of(page, "c"), "");
  EXPECT_EQ(calls_of(page, "other"), "10");
}

TEST(PostgresStatements, TheRestNeverFallsWhoeverIsAmongTheDearest) {
  postgres::Statements statements(2);
  statements.see(ranked({{"a", 50}, {"b", 30}, {"c", 5}}, 90));
  statements.see(ranked({{"a", 51}, {"c", 40}, {"b", 31}}, 127));
  EXPECT_EQ(calls_of(statements_page(statements), "b"), "31")
      << "who is shown stays while it is near the top";
  EXPECT_EQ(calls_of(statements_page(statements), "other"), "45");
  statements.see(ranked({{"a", 51}, {"c", 60}}, 150));
  EXPECT_EQ(calls_of(statements_page(statements), "b"), "");
  EXPECT_EQ(calls_of(statements_page(statements), "c"), "60");
  EXPECT_EQ(calls_of(statements_page(statements), "other"), "68") << "45 and what has been called since, 23";
}

TEST(PostgresStatements, BeginAgainWhenTheServerDoes) {
  postgres::Statements statements(1);
  statements.see(ranked({{"a", 50}}, 90));
  statements.see(ranked({{"a", 2}}, 5));
  EXPECT_EQ(calls_of(statements_page(statements), "a"), "2");
  EXPECT_EQ(calls_of(statements_page(statements), "other"), "3");
}
