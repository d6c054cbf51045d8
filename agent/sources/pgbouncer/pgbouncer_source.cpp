#include "agent/sources/pgbouncer/pgbouncer_source.hpp"

#include "agent/async/race.hpp"
#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/database_server.hpp"
#include "agent/sources/looking.hpp"
#include "agent/sources/pgbouncer/tables.hpp"
#include "agent/sql/dsn.hpp"

#include <utility>
#include <vector>

namespace outrider::sources::pgbouncer {
namespace {

using core::fail;
using core::Outcome;

using Answers = std::vector<sql::Rows>;  // to each question, in order

class PgbouncerLooker final : public Looker {
 public:
  PgbouncerLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        server_(server_of(settings_.dsn)),
        labels_(labels_at(server_, settings_, tools.resource)),
        driver_(tools.make_database ? tools.make_database() : nullptr) {}

  core::Task<Sight> look() override {
    core::Task<Outcome<Answers>> asking = ask_all();
    std::string doing = "the answers of " + server_;
    const Outcome<Answers> answers =
        co_await async::with_deadline(tools_.clock, settings_.timeout, std::move(doing), std::move(asking));
    telemetry::FamilyWriter out(labels_);
    put_up(out, answers.has_value());
    if (answers) {
      for (std::size_t at = 0; at < answers->size(); ++at) put_rows(out, all_questions()[at], (*answers)[at]);
    }
    Sight sight{out.take()};
    if (!answers) {
      connection_.reset();
      sight.trouble = answers.error();
    }
    co_return sight;
  }

 private:
  core::Task<Outcome<Answers>> ask_all() {
    if (!driver_) co_return fail(core::Errc::unsupported, "there is no driver of PostgreSQL here");
    if (!connection_ || !connection_->open()) {
      auto connected =
          co_await driver_->connect_console(console_dsn(settings_), "outrider", step_limit(settings_));
      if (!connected) co_return fail(connected.error());
      connection_ = std::move(*connected);
    }
    Answers answers;
    for (const Question& question : all_questions()) {
      std::string statement(question.statement);
      Outcome<sql::Rows> rows = co_await connection_->ask(std::move(statement), step_limit(settings_));
      if (!rows) co_return fail(question.statement, rows.error());
      answers.push_back(std::move(*rows));
    }
    co_return answers;
  }

  Tools tools_;
  Settings settings_;
  std::string server_;
  telemetry::Labels labels_;
  std::unique_ptr<sql::Driver> driver_;
  std::unique_ptr<sql::Connection> connection_;
};

}  // namespace

std::string console_dsn(const Settings& settings) {
  if (config::is_postgres_url(settings.dsn)) return settings.dsn;
  std::string dsn = settings.dsn;
  if (value_in_dsn(dsn, "dbname").empty()) dsn += " dbname=pgbouncer";
  if (settings.password.is_set()) dsn += " password=" + sql::quoted_in_dsn(settings.password.reveal());
  return dsn;
}

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking = looking_at("pgbouncer", server_of(settings.dsn), settings);
  return make_looking(tools, looking, std::make_unique<PgbouncerLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::pgbouncer
