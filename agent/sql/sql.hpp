// PostgreSQL as the rest of the house sees it: one connection, one statement at a time, always with a
// deadline. The driver (libpqxx over libpq) is a module of its own, loaded only where a database is
// configured: libpq brings LDAP and Kerberos with it, which a sidecar without a database should not pay for.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/async/slow_call.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sql {

using Value = std::optional<std::string>;  // as text; nothing for NULL

struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;

  bool empty() const { return rows.empty(); }
  // NULL, a column that is not there and a row that is not there are all nothing.
  Value text(std::size_t row, std::string_view column) const;
  std::optional<std::int64_t> whole(std::size_t row, std::string_view column) const;
  std::optional<double> number(std::size_t row, std::string_view column) const;
  std::optional<bool> truth(std::size_t row, std::string_view column) const;
};

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;  // closes it

  // Outside a transaction block unless the statement opens one. `limit` holds even when the server hangs;
  // after timed_out or unavailable the connection is closed for good. A statement the server refuses is
  // `refused`, with its SQLSTATE in sqlstate().
  virtual core::Task<core::Outcome<Rows>> query(std::string statement, std::vector<Value> parameters,
                                                core::Duration limit) = 0;
  // The same without parameters.
  core::Task<core::Outcome<Rows>> ask(std::string statement, core::Duration limit) {
    return query(std::move(statement), std::vector<Value>(), limit);
  }
  virtual bool open() const = 0;
  virtual std::string sqlstate() const = 0;  // of the last refusal, or empty
};

class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  // `dsn` in libpq's form. `application_name` is how pg_stat_activity shows us.
  virtual core::Task<core::Outcome<std::unique_ptr<Connection>>> connect(std::string dsn,
                                                                         std::string application_name,
                                                                         core::Duration limit) = 0;

  // The same of a PgBouncer's console, whose `dsn` has dbname=pgbouncer.
  virtual core::Task<core::Outcome<std::unique_ptr<Connection>>> connect_console(std::string, std::string,
                                                                                 core::Duration) {
    co_return core::fail(core::Errc::unsupported, "this driver asks no PgBouncer");
  }
};

// Loads the module at its first connect(); trouble with that is an Outcome, with a hint. Outlived by its
// users.
std::unique_ptr<Driver> make_driver(core::Clock& clock, async::Pool& pool);

// The same for who must answer in time whatever happens: connect() returns at its limit, though libpq may be
// resolving a name or waiting two seconds at least, and is `busy` until that attempt has come back.
std::unique_ptr<Driver> make_prompt_driver(core::Clock& clock, async::Pool& pool, async::SlowCalls& slow);

// A DSN for people: the same without its password.
std::string without_password(std::string_view dsn);

}  // namespace outrider::sql
