#include "agent/probes/postgres/postgres_probe.hpp"

#include "agent/probes/test_kit.hpp"
#include "agent/sql/sim_driver.hpp"

using namespace outrider;
using namespace std::chrono_literals;
using core::Errc;
using core::Standing;
using probes::postgres::Role;

namespace {

class PostgresProbe : public probes::testing::ProbeTest {
 protected:
  PostgresProbe() {
    settings_.dsn = "host=db dbname=app";
    tools_.make_database = [this] { return std::make_unique<sql::SimDriver>(clock_, database_); };
    be_primary();
    database_->answer = [this](const std::string& statement) -> core::Outcome<sql::Rows> {
      if (statement.starts_with("select pg_is_in_recovery")) return is_;
      if (statement.find("pg_stat_replication") != std::string::npos) return followers_;
      if (statement.starts_with("set statement_timeout")) return sql::Rows{};
      return custom_;
    };
  }

  void be_primary() { is_ = {{"standby", "is_fed", "lag"}, {{"f", std::nullopt, std::nullopt}}}; }
  void be_standby(sql::Value lag, bool is_fed = true) {
    is_ = {{"standby", "is_fed", "lag"}, {{"t", is_fed ? "t" : "f", std::move(lag)}}};
  }
  void be_followed(const char* streaming, const char* lag, const char* hidden = "0") {
    followers_ = {{"hidden", "streaming", "lag"}, {{hidden, streaming, lag}}};
  }
  core::Answer ask() {
    const auto probe = probes::postgres::make_probe(settings_, tools_);
    return ProbeTest::ask(*probe, 1s);
  }

  std::shared_ptr<sql::SimDatabase> database_ = std::make_shared<sql::SimDatabase>();
  probes::postgres::Settings settings_;
  sql::Rows is_, followers_;
  core::Outcome<sql::Rows> custom_ = sql::Rows{};
};

Standing refused(const char* what) {
  return probes::postgres::standing_of_refusal(core::Error(Errc::unavailable, what));
}

}  // namespace

TEST_F(PostgresProbe, OneThatAnswersIsOk) {
  EXPECT_EQ(ask().standing, Standing::ok);
  EXPECT_EQ(ask().detail, "primary");
}

TEST_F(PostgresProbe, TheRoleMustBeTheOneWanted) {
  settings_.role = Role::standby;
  EXPECT_EQ(ask().detail, "it is a primary");
  be_standby("0");
  EXPECT_EQ(ask().standing, Standing::ok);
  settings_.role = Role::primary;
  EXPECT_EQ(ask().detail, "it is a standby");
}

TEST_F(PostgresProbe, AStandbyMayNotBeTooFarBehind) {
  settings_.most_lag = 30s;
  be_standby("12.5");
  EXPECT_EQ(ask().detail, "standby, 12 s behind");
  be_standby("90");
  EXPECT_EQ(ask().standing, Standing::not_ok);
  be_standby("90", false);
  EXPECT_EQ(ask().detail, "standby, 1 min 30 s behind, nobody streams to it, wanted 30s");
  be_standby(std::nullopt);
  EXPECT_EQ(ask().standing, Standing::not_ok) << "nothing was ever replayed";
}

TEST_F(PostgresProbe, APrimaryMustBeFollowed) {
  settings_.least_standbys = 1;
  settings_.most_lag = 10s;
  be_followed("1", "0.2");
  EXPECT_EQ(ask().standing, Standing::ok) << ask().detail;
  be_followed("0", "0");
  EXPECT_EQ(ask().standing, Standing::not_ok);
  be_followed("1", "60");
  EXPECT_EQ(ask().standing, Standing::not_ok);
  be_followed("0", "0", "1");
  EXPECT_EQ(ask().standing, Standing::unknown) << "we may not see whom there is";
}

TEST_F(PostgresProbe, AStatementOfTheUsersMustBeTrue) {
  settings_.true_when = "select count(*) < 10 from jobs";
  custom_ = sql::Rows{{"ok"}, {{"t"}}};
  EXPECT_EQ(ask().standing, Standing::ok);
  custom_ = sql::Rows{{"ok"}, {{"f"}}};
  EXPECT_EQ(ask().detail, "`true_when` is false");
  custom_ = sql::Rows{{"ok"}, {}};
  EXPECT_EQ(ask().standing, Standing::not_ok);
  custom_ = core::fail(Errc::refused, "relation \"jobs\" does not exist");
  EXPECT_EQ(ask().standing, Standing::unknown);
}

TEST_F(PostgresProbe, SilenceIsNotOkAtTheLimit) {
  database_->hangs = true;
  EXPECT_EQ(ask().standing, Standing::not_ok);
}

TEST_F(PostgresProbe, WithoutADriverItIsUnknown) {
  tools_.make_database = {};
  EXPECT_EQ(ask().standing, Standing::unknown);
  tools_.make_database = [this] { return std::make_unique<sql::SimDriver>(clock_, database_); };
  database_->away = core::Error(Errc::unsupported, "cannot load the PostgreSQL driver");
  EXPECT_EQ(ask().standing, Standing::unknown);
}

TEST(PostgresRefusal, AServerInTroubleIsToldFromOneThatDoesNotLetUsIn) {
  for (const char* its :
       {"FATAL:  the database system is starting up", "FATAL:  sorry, too many clients already",
        "connection refused", "timeout expired",
        "connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory"}) {
    EXPECT_EQ(refused(its), Standing::not_ok) << its;
  }
  for (const char* our :
       {"could not translate host name \"db\" to address", "FATAL:  password authentication failed",
        "FATAL:  no pg_hba.conf entry for host", "FATAL:  database \"x\" does not exist",
        "could not create socket: Too many open files"}) {
    EXPECT_EQ(refused(our), Standing::unknown) << our;
  }
}
