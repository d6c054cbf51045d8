#include "agent/sources/pgbouncer/pgbouncer_source.hpp"
#include "agent/sources/pgbouncer/tables.hpp"
#include "agent/sources/test_house.hpp"
#include "agent/sql/sim_driver.hpp"

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

core::Outcome<sql::Rows> console(const std::string& statement) {
  if (statement == "SHOW VERSION") return sql::Rows{{"version"}, {{"PgBouncer 1.18.0"}}};
  if (statement == "SHOW LISTS") return sql::Rows{{"list", "items"}, {{"pools", "2"}, {"new_thing", "9"}}};
  if (statement == "SHOW CONFIG") {
    return sql::Rows{{"key", "value", "default", "changeable"},
                     {{"max_client_conn", "100", "100", "yes"}, {"auth_type", "md5", "md5", "yes"}}};
  }
  if (statement == "SHOW DATABASES") {
    return sql::Rows{{"name", "host", "port", "database", "force_user", "pool_size", "pool_mode", "paused"},
                     {{"app", {}, "5432", "app", {}, "20", {}, "0"}}};
  }
  if (statement == "SHOW POOLS") {
    return sql::Rows{{"database", "user", "cl_active", "cl_waiting", "maxwait"},
                     {{"app", "me", "3", "1", "7"}}};
  }
  if (statement == "SHOW STATS") {
    return sql::Rows{{"database", "total_query_count", "total_query_time"}, {{"app", "40", "2500000"}}};
  }
  return core::fail(core::Errc::refused, "unknown command " + statement);
}

class PgbouncerSource : public sources::testing::SourceTest {
 protected:
  PgbouncerSource() {
    database_->answer = console;
    tools_.make_database = [this] { return std::make_unique<sql::SimDriver>(clock_, database_); };
    settings_.dsn = "host=pool port=6432 user=me";
  }
  ~PgbouncerSource() override { stop(); }
  void begin() {
    start(pgbouncer::make(tools_, settings_));
    clock_.advance(100ms);
  }

  std::shared_ptr<sql::SimDatabase> database_ = std::make_shared<sql::SimDatabase>();
  pgbouncer::Settings settings_;
};

}  // namespace

TEST_F(PgbouncerSource, ShowsWhatItsConsoleSays) {
  begin();
  EXPECT_TRUE(shows("pgbouncer_up{target=\"pool:6432\"} 1")) << page();
  EXPECT_TRUE(shows("pgbouncer_version_info{version=\"PgBouncer 1.18.0\",target=\"pool:6432\"} 1"));
  EXPECT_TRUE(shows("pgbouncer_pools{target=\"pool:6432\"} 2"));
  EXPECT_TRUE(shows("pgbouncer_config_max_client_connections{target=\"pool:6432\"} 100"));
  EXPECT_TRUE(shows(
      "pgbouncer_pools_client_waiting_connections{database=\"app\",user=\"me\",target=\"pool:6432\"} 1"));
  EXPECT_TRUE(
      shows("pgbouncer_pools_client_maxwait_seconds{database=\"app\",user=\"me\",target=\"pool:6432\"} 7"));
  EXPECT_TRUE(shows("# TYPE pgbouncer_stats_queries_pooled_total counter"));
  EXPECT_TRUE(shows("pgbouncer_stats_queries_pooled_total{database=\"app\",target=\"pool:6432\"} 40"));
  EXPECT_TRUE(
      shows("pgbouncer_stats_queries_duration_seconds_total{database=\"app\",target=\"pool:6432\"} 2.5"));
  EXPECT_NE(page().find("pgbouncer_databases_pool_size{name=\"app\",port=\"5432\""), std::string::npos);
  EXPECT_EQ(page().find("new_thing"), std::string::npos);
  EXPECT_EQ(page().find("auth_type"), std::string::npos);
  EXPECT_EQ(page().find("server_active"), std::string::npos) << "a column that this version has not";
}

TEST_F(PgbouncerSource, KeepsItsConnection) {
  begin();
  clock_.advance(5min);
  EXPECT_EQ(database_->connections, 1u);
}

TEST_F(PgbouncerSource, WhatFailsIsDownWithAReasonAndConnectsAnew) {
  begin();
  database_->answer = [](const std::string& statement) -> core::Outcome<sql::Rows> {
    if (statement == "SHOW POOLS") return core::fail(core::Errc::denied, "admin access needed");
    return console(statement);
  };
  clock_.advance(15s);
  EXPECT_TRUE(shows("pgbouncer_up{target=\"pool:6432\"} 0")) << page();
  EXPECT_EQ(page().find("pgbouncer_stats"), std::string::npos) << "half an answer is none";
  EXPECT_EQ(source_->status().detail, "SHOW POOLS: admin access needed");
  database_->hangs = true;
  clock_.advance(20s + 1ms);
  EXPECT_EQ(source_->status().detail, "the answers of pool:6432 took longer than 5s");
  database_->hangs = false;
  database_->answer = console;
  clock_.advance(20s);
  EXPECT_TRUE(shows("pgbouncer_up{target=\"pool:6432\"} 1"));
  EXPECT_EQ(database_->connections, 3u);
}

TEST_F(PgbouncerSource, OneThatIsAwaySaysSo) {
  database_->away = core::Error(core::Errc::unavailable, "connection refused");
  begin();
  EXPECT_TRUE(shows("pgbouncer_up{target=\"pool:6432\"} 0"));
  EXPECT_EQ(source_->status().detail, "connection refused");
}

TEST(PgbouncerDsn, LeadsToTheConsole) {
  pgbouncer::Settings settings;
  settings.dsn = "host=pool user=me";
  settings.password = config::Secret("a'b");
  EXPECT_EQ(pgbouncer::console_dsn(settings), "host=pool user=me dbname=pgbouncer password='a\\'b'");
  settings.dsn = "host=pool dbname=console";
  settings.password = {};
  EXPECT_EQ(pgbouncer::console_dsn(settings), "host=pool dbname=console");
  settings.dsn = "postgresql://me@pool:6432/pgbouncer";
  EXPECT_EQ(pgbouncer::console_dsn(settings), settings.dsn);
}
