#include "agent/sources/postgres/postgres_source.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/sources/database_server.hpp"
#include "agent/sources/looking.hpp"
#include "agent/sources/meters.hpp"
#include "agent/sources/postgres/questions/questions.hpp"
#include "agent/sources/postgres/questions/statements.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace outrider::sources::postgres {
namespace {

using core::Outcome;

// The server ends a statement at its time; we hang up only where it does not.
constexpr core::Duration grace = std::chrono::seconds(1);
constexpr core::Duration first_rest = std::chrono::seconds(15), longest_rest = std::chrono::minutes(5);

// Asked before all else: whom we talk to, and whether it can spare our connection. It reads no table that
// somebody could lock.
constexpr const char* who_it_is =
    "select current_setting('server_version_num')::int as version, version() as long_version, "
    "pg_is_in_recovery() as standby, to_regclass('pg_stat_statements') is not null as has_statements, "
    "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - "
    "(select count(*) from pg_stat_get_activity(null) where backend_type = 'client backend') as free";

struct Answer {
  sql::Rows rows;
  core::Instant asked{};
  double seconds = 0;
  bool fine = false;
};

struct Told {
  Server server;
  std::string long_version;
  bool has_statements = false;
  std::int64_t free = 0;
};

class PostgresLooker final : public Looker {
 public:
  PostgresLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(stamped(settings_.labels, tools.resource)),
        statements_(settings_.statements),
        driver_(tools.make_database ? tools.make_database() : nullptr) {
    told_.server.name = server_of(settings_.dsn);
  }

  core::Task<Sight> look() override {
    Sight sight;
    if (!driver_) {
      sight.trouble = core::Error(core::Errc::unsupported, "there is no driver of PostgreSQL here");
      co_return sight;
    }
    const core::Instant now = tools_.clock.now();
    if (now >= rests_until_) {
      const Outcome<> asked = co_await ask_all();
      trouble_ = asked ? std::nullopt : std::optional(asked.error());
      if (!asked) connection_.reset();
      rest(asked.has_value());
    }
    sight.families = families();
    sight.trouble = trouble_;
    co_return sight;
  }

 private:
  void rest(bool went_well) {
    rest_ = went_well ? core::Duration{} : std::clamp(rest_ * 2, first_rest, longest_rest);
    rests_until_ = tools_.clock.now() + rest_;
  }

  core::Task<Outcome<>> ask_all() {
    if (!connection_ || !connection_->open()) {
      auto connected =
          co_await driver_->connect(bounded_dsn(settings_), "outrider metrics", settings_.timeout);
      is_up_ = connected.has_value();
      if (!connected) co_return core::fail(connected.error());
      connection_ = std::move(*connected);
    }
    const Outcome<> introduced = co_await ask_who();
    is_up_ = introduced.has_value();
    if (!introduced) co_return introduced;
    if (told_.free < std::int64_t{settings_.leave_free}) {
      co_return core::fail(
          core::Errc::busy,
          fmt::format("gave our connection back: the server has {} left for others", told_.free));
    }
    for (const Question& question : all_questions()) {
      if (!is_for(question, told_.server) || !is_due(question)) continue;
      const Outcome<> asked = co_await ask(std::string(question.name), std::string(question.statement));
      if (!asked) co_return asked;
    }
    if (settings_.statements == 0 || !told_.has_statements) co_return Outcome<>();
    co_return co_await ask_statements();
  }

  core::Task<Outcome<>> ask_who() {
    const Outcome<sql::Rows> rows = co_await connection_->ask(who_it_is, settings_.timeout + grace);
    if (!rows) co_return core::fail(rows.error());
    told_.server.version = static_cast<int>(rows->whole(0, "version").value_or(0));
    told_.server.is_standby = rows->truth(0, "standby").value_or(false);
    told_.long_version = rows->text(0, "long_version").value_or("");
    told_.has_statements = rows->truth(0, "has_statements").value_or(false);
    told_.free = rows->whole(0, "free").value_or(0);
    co_return Outcome<>();
  }

  bool is_due(const Question& question) const {
    const auto known = answers_.find(question.name);
    return known == answers_.end() || tools_.clock.now() - known->second.asked >= question.every;
  }

  // What the server refuses (no rights, no such view) costs that question; a connection that is gone costs
  // all.
  core::Task<Outcome<>> ask(std::string name, std::string statement) {
    const core::Instant began = tools_.clock.now();
    Outcome<sql::Rows> rows = co_await connection_->ask(std::move(statement), settings_.timeout + grace);
    Answer& answer = answers_[name];
    answer.seconds = core::to_seconds(tools_.clock.now() - began);
    answer.fine = rows.has_value();
    if (rows) {
      answer.rows = std::move(*rows);
      answer.asked = began;
    }
    if (rows || connection_->open()) co_return Outcome<>();
    co_return core::fail(rows.error());
  }

  core::Task<Outcome<>> ask_statements() {
    const std::string name = "stat_statements";
    std::string statement = statements_question(told_.server.version, settings_.statements * 2);
    const Outcome<> asked = co_await ask(name, std::move(statement));
    Answer& answer = answers_[name];
    if (answer.fine) statements_.see(answer.rows);
    answer.rows = {};
    co_return asked;
  }

  // What was asked and is not too old: a slow answer is shown again rather than waited for.
  telemetry::FamilySet families() const {
    telemetry::FamilyWriter out(labels_);
    const auto gauge = [&out](std::string_view name, std::string_view help) {
      return out.family(name, telemetry::MetricType::gauge, help);
    };
    const std::string& server = told_.server.name;
    out.put(gauge("pg_up",
                  "Whether the last scrape of metrics from PostgreSQL was able to connect to the server "
                  "(1 for yes, 0 for no)."),
            is_up_ ? 1 : 0, {{"server", server}});
    if (!is_up_ || told_.server.version == 0) return out.take();
    const auto version =
        out.family("pg_static", telemetry::MetricType::unknown, "Version string as reported by postgres");
    const std::string short_version =
        fmt::format("{}.{}.0", told_.server.version / 10'000, told_.server.version % 10'000);
    out.put(version, 1,
            {{"server", server}, {"short_version", short_version}, {"version", told_.long_version}});
    for (const auto& [name, answer] : answers_) {
      put_asked(out, name, answer);
      if (answer.asked == core::Instant{} || is_stale(answer)) continue;
      if (name == "stat_statements") statements_.put(out, told_.server);
      for (const Question& question : all_questions()) {
        if (question.name == name && is_for(question, told_.server)) {
          put_rows(out, question, told_.server, answer.rows);
        }
      }
    }
    return out.take();
  }

  bool is_stale(const Answer& answer) const {
    return tools_.clock.now() - answer.asked >
           std::max<core::Duration>(settings_.every * 4, longest_rest * 2);
  }

  void put_asked(telemetry::FamilyWriter& out, std::string_view name, const Answer& answer) const {
    const auto put = [&](std::string_view metric, std::string_view help, double value) {
      out.put(out.family(metric, telemetry::MetricType::gauge, help), value,
              {{"server", told_.server.name}, {"collector", name}});
    };
    put("pg_scrape_collector_success", "postgres_exporter: Whether a collector succeeded.",
        answer.fine ? 1 : 0);
    put("pg_scrape_collector_duration_seconds", "postgres_exporter: Duration of a collector scrape.",
        answer.seconds);
    if (answer.asked == core::Instant{}) return;
    put("pg_scrape_collector_age_seconds",
        "How old what this collector shows was when it was put on the page.",
        core::to_seconds(tools_.clock.now() - answer.asked));
  }

  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
  Statements statements_;
  std::unique_ptr<sql::Driver> driver_;
  std::unique_ptr<sql::Connection> connection_;
  Told told_;
  bool is_up_ = false;
  std::map<std::string, Answer, std::less<>> answers_;
  std::optional<core::Error> trouble_;
  core::Duration rest_{};
  core::Instant rests_until_{};
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking{"postgres " + server_of(settings.dsn), settings.every, false};
  return make_looking(tools, looking, std::make_unique<PostgresLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::postgres
