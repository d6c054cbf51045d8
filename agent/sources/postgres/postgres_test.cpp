#include "agent/async/nursery.hpp"
#include "agent/net/no_client.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/sources/database_server.hpp"
#include "agent/sources/postgres/postgres_source.hpp"
#include "agent/sql/sim_driver.hpp"
#include "agent/telemetry/exposition.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

using namespace outrider;
using namespace outrider::sources;
using namespace std::chrono_literals;

namespace {

sql::Rows who(int free) {
  return {{"version", "long_version", "standby", "has_statements", "free"},
          {{"150004", "PostgreSQL 15.4", "f", "f", std::to_string(free)}}};
}

class PostgresSource : public ::testing::Test {
 protected:
  PostgresSource() {
    database_->answer = [this](const std::string& statement) { return answer(statement); };
    source_ = postgres::make(tools_, {.dsn = "host=db port=5433 user=me", .password = {}, .labels = {}});
    nursery_.start(source_->run(board_));
    clock_.advance(100ms);
  }
  ~PostgresSource() override {
    nursery_.cancel();
    clock_.settle();
  }

  core::Outcome<sql::Rows> answer(const std::string& statement) {
    ++statements_;
    if (statement.find("server_version_num") != std::string::npos) return who(free_);
    if (statement.find("from pg_stat_archiver") != std::string::npos) {
      if (archiver_) return core::fail(*archiver_);
      return sql::Rows{{"archived_count", "failed_count", "last_archive_age"}, {{"7", "1", {}}}};
    }
    return sql::Rows{};
  }
  std::string page() const {
    std::string text;
    const auto& families = board_.entries().at(0).families;
    if (families) telemetry::write_exposition({families.get()}, telemetry::Format::text, text);
    return text;
  }
  bool shows(const std::string& line) const { return page().find("\n" + line + "\n") != std::string::npos; }

  boost::asio::io_context loop_{1};
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  os::CapturedLog log_;
  net::NoClient client_;
  ::prometheus::Registry registry_;
  core::Resource resource_;
  telemetry::Board board_;
  std::shared_ptr<sql::SimDatabase> database_ = std::make_shared<sql::SimDatabase>();
  Tools tools_{clock_,
               *random_,
               *pool_,
               log_,
               client_,
               registry_,
               resource_,
               {},
               os::no_watched_files(),
               net::no_listeners(),
               net::listen_nowhere,
               async::no_slow_calls(),
               {},
               [this] { return std::make_unique<sql::SimDriver>(clock_, database_); }};
  int free_ = 90;
  int statements_ = 0;
  std::optional<core::Error> archiver_;
  async::Nursery nursery_{loop_.get_executor()};
  std::unique_ptr<MetricSource> source_;
};

}  // namespace

TEST_F(PostgresSource, AsksOverOneConnectionAndShowsWhatItHeard) {
  EXPECT_TRUE(shows("pg_up{server=\"db:5433\"} 1")) << page();
  EXPECT_TRUE(shows("pg_static{server=\"db:5433\",short_version=\"15.4.0\",version=\"PostgreSQL 15.4\"} 1"));
  EXPECT_TRUE(shows("pg_stat_archiver_archived_count{server=\"db:5433\"} 7"));
  EXPECT_TRUE(shows("pg_scrape_collector_success{server=\"db:5433\",collector=\"stat_archiver\"} 1"));
  EXPECT_EQ(source_->status().url, "postgres db:5433");
  clock_.advance(60s);
  EXPECT_EQ(database_->connections, 1u);
  EXPECT_EQ(source_->status().up, core::Standing::ok);
}

TEST_F(PostgresSource, APageAsksNothing) {
  const int before = statements_;
  nursery_.start(board_.freshen(clock_, 200ms));
  clock_.advance(1s);
  EXPECT_EQ(statements_, before);
}

TEST_F(PostgresSource, WhatIsRefusedCostsItselfAndIsShownWithItsAge) {
  archiver_ = core::Error(core::Errc::denied, "permission denied");
  clock_.advance(15s);
  EXPECT_TRUE(shows("pg_scrape_collector_success{server=\"db:5433\",collector=\"stat_archiver\"} 0"))
      << page();
  EXPECT_TRUE(shows("pg_stat_archiver_archived_count{server=\"db:5433\"} 7")) << "from before";
  EXPECT_EQ(source_->status().up, core::Standing::ok);
  clock_.advance(10min + 30s);
  EXPECT_EQ(page().find("pg_stat_archiver"), std::string::npos) << "too old to be shown";
}

TEST_F(PostgresSource, GivesItsConnectionBackWhenTheServerIsShortOfThem) {
  free_ = 2;
  clock_.advance(15s);
  EXPECT_EQ(source_->status().up, core::Standing::not_ok);
  EXPECT_NE(source_->status().detail.find("gave our connection back"), std::string::npos);
  EXPECT_TRUE(shows("pg_up{server=\"db:5433\"} 1")) << "it is there";
  EXPECT_TRUE(shows("pg_stat_archiver_archived_count{server=\"db:5433\"} 7"));
  clock_.advance(10min);
  EXPECT_LE(database_->connections, 7u) << "after 15 s, 30 s, 1 min … 5 min";
  EXPECT_GE(database_->connections, 4u);
  free_ = 90;
  clock_.advance(5min + 15s);
  EXPECT_EQ(source_->status().up, core::Standing::ok);
}

TEST_F(PostgresSource, OneThatIsAwayShowsThatItIsAndNothingOld) {
  nursery_.cancel();
  clock_.settle();
  database_->away = core::Error(core::Errc::unavailable, "connection refused");
  async::Nursery again(loop_.get_executor());
  const auto other = postgres::make(tools_, {.dsn = "host=db", .password = {}, .labels = {}});
  again.start(other->run(board_));
  clock_.advance(1s);
  std::string text;
  telemetry::write_exposition({board_.entries().at(1).families.get()}, telemetry::Format::text, text);
  EXPECT_NE(text.find("pg_up{server=\"db:5432\"} 0\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("pg_stat"), std::string::npos);
  EXPECT_EQ(other->status().detail, "connection refused");
  again.cancel();
  clock_.settle();
}

TEST(PostgresDsn, CarriesTheBoundsInTheStartUpPacket) {
  postgres::Settings settings;
  settings.dsn = "host=db user=me";
  settings.timeout = 2s;
  EXPECT_EQ(postgres::bounded_dsn(settings),
            "host=db user=me options='-c statement_timeout=2000 -c lock_timeout=500 -c "
            "idle_in_transaction_session_timeout=2000 -c default_transaction_read_only=on'");
  settings.dsn = "postgresql://me@db/app?sslmode=require";
  EXPECT_EQ(postgres::bounded_dsn(settings).substr(0, 84),
            "postgresql://me@db/app?sslmode=require&options=-c%20statement_timeout%3D2000%20-c%20");
}

TEST(PostgresDsn, NamesTheServerAsTheExporterDoes) {
  EXPECT_EQ(server_of("host=/run/postgresql user=x"), "/run/postgresql:5432");
  EXPECT_EQ(server_of("user=x port=6000 host='a b'"), "a b:6000");
  EXPECT_EQ(server_of("dbname=x"), "localhost:5432");
  EXPECT_EQ(server_of("postgresql://u:p@db.example:6432/app?x=y"), "db.example:6432");
  EXPECT_EQ(server_of("postgres://[::1]/app"), "[::1]:5432");
  EXPECT_EQ(server_of("postgresql:///app"), "localhost:5432");
}
