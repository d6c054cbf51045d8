// A database that exists only in a test: what it answers is a function, and it may hang or be away.
#pragma once

#include "agent/async/race.hpp"
#include "agent/core/clock.hpp"
#include "agent/sql/sql.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace outrider::sql {

struct SimDatabase {
  std::optional<core::Error> away;  // what connecting says
  bool hangs = false;               // takes the connection, and says no more
  std::function<core::Outcome<Rows>(const std::string& statement)> answer;
  std::uint64_t connections = 0;
};

class SimDriver final : public Driver {
 public:
  SimDriver(core::Clock& clock, std::shared_ptr<SimDatabase> database)
      : clock_(clock), database_(std::move(database)) {}

  core::Task<core::Outcome<std::unique_ptr<Connection>>> connect(std::string, std::string,
                                                                 core::Duration) override {
    co_await clock_.sleep(std::chrono::milliseconds(1));
    if (database_->away) co_return core::fail(*database_->away);
    ++database_->connections;
    co_return std::make_unique<Opened>(clock_, database_);
  }

  core::Task<core::Outcome<std::unique_ptr<Connection>>> connect_console(std::string dsn, std::string name,
                                                                         core::Duration limit) override {
    co_return co_await connect(std::move(dsn), std::move(name), limit);
  }

 private:
  class Opened final : public Connection {
   public:
    Opened(core::Clock& clock, std::shared_ptr<SimDatabase> database)
        : clock_(clock), database_(std::move(database)) {}
    core::Task<core::Outcome<Rows>> query(std::string statement, std::vector<Value>,
                                          core::Duration limit) override {
      co_await clock_.sleep(database_->hangs ? limit : core::Duration(std::chrono::milliseconds(1)));
      if (database_->hangs) co_return core::fail(core::Errc::timed_out, "the database did not answer");
      co_return database_->answer(statement);
    }
    bool open() const override { return true; }
    std::string sqlstate() const override { return {}; }

   private:
    core::Clock& clock_;
    std::shared_ptr<SimDatabase> database_;
  };

  core::Clock& clock_;
  std::shared_ptr<SimDatabase> database_;
};

}  // namespace outrider::sql
