#include "agent/probes/postgres/postgres_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/trouble.hpp"
#include "agent/sql/dsn.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace outrider::probes::postgres {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using core::Standing;

// On a standby: nothing to replay that has come is no lag, but only while somebody still brings it.
constexpr const char* what_it_is = R"(select pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then exists (select from pg_stat_wal_receiver) end as is_fed,
  case when not pg_is_in_recovery() then null
       when exists (select from pg_stat_wal_receiver)
            and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
       else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end as lag)";

constexpr const char* who_follows = R"(select count(*) filter (where state is null) as hidden,
  count(*) filter (where state = 'streaming') as streaming,
  coalesce(extract(epoch from max(replay_lag) filter (where state = 'streaming')), 0) as lag
  from pg_stat_replication)";

std::string seconds_text(double seconds) {
  return core::show_age(core::from_seconds(std::clamp(seconds, 0.0, 1e9)));
}

class PostgresProbe final : public Probe {
 public:
  PostgresProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)),
        tools_(tools),
        driver_(tools.make_database ? tools.make_database() : nullptr) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    if (!driver_) co_return core::Answer{Standing::unknown, "there is no driver of PostgreSQL here", {}};
    core::Task<core::Answer> asking = converse(limit);
    auto answer = co_await async::with_deadline(tools_.clock, limit, std::move(asking));
    core::Answer given =
        answer
            ? std::move(*answer)
            : core::Answer{
                  Standing::not_ok, "the database did not answer within " + core::show_duration(limit), {}};
    given.took = tools_.clock.now() - started;
    co_return given;
  }

  std::string target() const override { return sql::without_password(settings_.dsn); }

 private:
  core::Task<core::Answer> converse(core::Duration limit) {
    std::string dsn = settings_.dsn;
    if (settings_.password.is_set()) dsn += " password=" + sql::quoted_in_dsn(settings_.password.reveal());
    auto connected = co_await driver_->connect(std::move(dsn), "outrider probe", limit);
    if (!connected) {
      co_return core::Answer{standing_of_refusal(connected.error()), first_line(connected.error().what), {}};
    }
    const Outcome<std::string> found = co_await look(**connected, limit);
    if (found) co_return core::Answer{Standing::ok, *found, {}};
    co_return answer_from(found.error(), {});
  }

  core::Task<Outcome<std::string>> look(sql::Connection& connection, core::Duration limit) {
    const Outcome<sql::Rows> told = co_await connection.ask(what_it_is, limit);
    if (!told) co_return fail(told.error());
    const auto standby = told->truth(0, "standby");
    if (!standby) co_return fail(Errc::corrupt, "it does not say whether it is a standby");
    if (*standby && settings_.role == Role::primary) co_return fail(Errc::refused, "it is a standby");
    if (!*standby && settings_.role == Role::standby) co_return fail(Errc::refused, "it is a primary");
    std::string text = "primary";
    if (*standby) {
      const Outcome<std::string> lag = weigh_standby(*told);
      if (!lag) co_return fail(lag.error());
      text = *lag;
    } else if (settings_.least_standbys > 0 || settings_.most_lag) {
      const Outcome<sql::Rows> followers = co_await connection.ask(who_follows, limit);
      if (!followers) co_return fail(followers.error());
      const Outcome<std::string> followed = weigh_primary(*followers);
      if (!followed) co_return fail(followed.error());
      text = *followed;
    }
    if (!settings_.true_when.empty()) {
      const Outcome<> holds = co_await check(connection, limit);
      if (!holds) co_return fail(holds.error());
    }
    co_return text;
  }

  Outcome<std::string> weigh_standby(const sql::Rows& told) const {
    const bool is_fed = told.truth(0, "is_fed").value_or(false);
    const auto lag = told.number(0, "lag");
    const std::string text =
        fmt::format("standby, {}{}", lag ? seconds_text(*lag) + " behind" : "nothing replayed yet",
                    is_fed ? "" : ", nobody streams to it");
    if (!settings_.most_lag) return text;
    if (!lag) return fail(Errc::unavailable, text);
    if (*lag <= core::to_seconds(*settings_.most_lag)) return text;
    return fail(Errc::unavailable, text + ", wanted " + core::show_duration(*settings_.most_lag));
  }

  Outcome<std::string> weigh_primary(const sql::Rows& followers) const {
    if (followers.whole(0, "hidden").value_or(0) > 0) {
      return fail(Errc::denied, "we may not see its standbys: grant pg_monitor to this role");
    }
    const auto streaming = followers.whole(0, "streaming").value_or(0);
    const double lag = followers.number(0, "lag").value_or(0);
    const std::string text =
        fmt::format("primary, {} standbys stream, {} behind at most", streaming, seconds_text(lag));
    const bool too_few = streaming < std::int64_t{settings_.least_standbys};
    const bool too_late = settings_.most_lag && lag > core::to_seconds(*settings_.most_lag);
    if (too_few) return fail(Errc::unavailable, fmt::format("{}, wanted {}", text, settings_.least_standbys));
    if (too_late) {
      return fail(Errc::unavailable, text + ", wanted " + core::show_duration(*settings_.most_lag));
    }
    return text;
  }

  // The server ends the statement by itself: who hangs up leaves it running.
  core::Task<Outcome<>> check(sql::Connection& connection, core::Duration limit) {
    const auto milliseconds = std::max<std::int64_t>(1, limit / std::chrono::milliseconds(1));
    const std::string bound = fmt::format("set statement_timeout = {}", milliseconds);
    const Outcome<sql::Rows> set = co_await connection.ask(bound, limit);
    if (!set) co_return fail(set.error());
    const Outcome<sql::Rows> rows = co_await connection.ask(settings_.true_when, limit);
    // A statement of ours that it does not understand is no sickness.
    if (!rows && rows.error().code == Errc::refused) co_return fail(Errc::invalid, rows.error().what);
    if (!rows) co_return fail(rows.error());
    if (rows->empty() || rows->columns.empty()) co_return fail(Errc::refused, "`true_when` gives no row");
    const auto holds = rows->truth(0, rows->columns.front());
    if (holds && *holds) co_return Outcome<>();
    co_return fail(Errc::refused,
                   fmt::format("`true_when` is {}", holds ? "false" : "neither true nor false"));
  }

  Settings settings_;
  Tools tools_;
  std::unique_ptr<sql::Driver> driver_;
};

}  // namespace

Standing standing_of_refusal(const core::Error& error) {
  // An attempt that hangs still is the server's silence.
  if (error.code == Errc::busy) return Standing::not_ok;
  if (error.code != Errc::unavailable && error.code != Errc::refused) return standing_of(error);
  constexpr std::array ours{"could not translate host name",
                            "Too many open files",
                            "out of memory",
                            "authentication failed",
                            "no password supplied",
                            "no pg_hba.conf entry",
                            "pg_hba.conf rejects",
                            "does not exist",
                            "permission denied",
                            "is not permitted to log in",
                            "could not open certificate file",
                            "could not load private key",
                            "certificate file"};
  // The socket file of a server that is not there does not exist, and that is its trouble.
  if (error.what.find("connection to server on socket") != std::string::npos &&
      error.what.find("No such file or directory") != std::string::npos) {
    return Standing::not_ok;
  }
  const bool is_ours =
      std::ranges::any_of(ours, [&](const char* text) { return error.what.find(text) != std::string::npos; });
  return is_ours ? Standing::unknown : Standing::not_ok;
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<PostgresProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::postgres
