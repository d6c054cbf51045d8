#include "agent/sql/driver/console.hpp"

#include "agent/sql/driver/refusals.hpp"

#include <memory>
#include <utility>

#include <postgresql/libpq-fe.h>

namespace outrider::sql {
namespace {

// What its answers may be long: whoever answers without end is none.
constexpr std::size_t most_bytes = 4UL << 20;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionPointer = std::unique_ptr<PGconn, Finish>;
using ResultPointer = std::unique_ptr<PGresult, Finish>;

void keep_quiet(void*, const char*) {}  // notices are not ours to print

class ConsoleSession final : public Session {
 public:
  explicit ConsoleSession(ConnectionPointer connection) : connection_(std::move(connection)) {
    PQsetNoticeProcessor(connection_.get(), keep_quiet, nullptr);
  }

  tl::expected<Rows, Refusal> query(const std::string& statement,
                                    const std::vector<Value>& parameters) override {
    if (!parameters.empty()) {
      return tl::unexpected<Refusal>(
          {core::Error(core::Errc::unsupported, "the console of a PgBouncer takes no parameters"), {}});
    }
    if (!connection_) return tl::unexpected<Refusal>(unreachable("the connection is closed"));
    // Row by row, so that the bound holds while they come.
    if (PQsendQuery(connection_.get(), statement.c_str()) != 1) return lost();
    PQsetSingleRowMode(connection_.get());
    Rows rows;
    std::size_t bytes = 0;
    std::optional<Refusal> refused;
    while (const ResultPointer result{PQgetResult(connection_.get())}) {
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE) {
        bytes += take(*result, rows);
      } else if (status != PGRES_COMMAND_OK) {
        refused = refusal_of(*result);
      }
      if (bytes > most_bytes) return too_much();
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return lost();
    if (refused) return tl::unexpected<Refusal>(std::move(*refused));
    return rows;
  }

  int descriptor() const override { return connection_ ? PQsocket(connection_.get()) : -1; }

 private:
  static std::size_t take(const PGresult& result, Rows& rows) {
    const int columns = PQnfields(&result);
    for (int column = static_cast<int>(rows.columns.size()); column < columns; ++column) {
      rows.columns.emplace_back(PQfname(&result, column));
    }
    std::size_t bytes = 0;
    for (int row = 0; row < PQntuples(&result); ++row) {
      std::vector<Value>& values = rows.rows.emplace_back();
      for (int column = 0; column < columns; ++column) {
        const auto length = static_cast<std::size_t>(PQgetlength(&result, row, column));
        bytes += length + sizeof(Value);
        const bool is_null = PQgetisnull(&result, row, column) == 1;
        values.push_back(is_null ? Value() : Value(std::string(PQgetvalue(&result, row, column), length)));
      }
    }
    return bytes;
  }

  static Refusal refusal_of(const PGresult& result) {
    const char* const state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
    const std::string sqlstate = state != nullptr ? state : "";
    return {core::Error(code_of(sqlstate), first_line(PQresultErrorMessage(&result))), sqlstate};
  }

  tl::unexpected<Refusal> lost() {
    Refusal refusal = unreachable(PQerrorMessage(connection_.get()));
    connection_.reset();
    return tl::unexpected<Refusal>(std::move(refusal));
  }

  tl::unexpected<Refusal> too_much() {
    connection_.reset();
    return tl::unexpected<Refusal>(unreachable("the console answers without end"));
  }

  ConnectionPointer connection_;
};

}  // namespace

Opened open_console(const std::string& dsn) {
  ConnectionPointer connection{PQconnectdb(dsn.c_str())};
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return tl::unexpected<Refusal>(unreachable(PQerrorMessage(connection.get())));
  }
  return std::make_unique<ConsoleSession>(std::move(connection));
}

}  // namespace outrider::sql
