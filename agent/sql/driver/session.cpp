// The module: libpqxx over libpq. Nothing of either crosses into the program, neither types nor exceptions.
#include "agent/sql/session.hpp"

#include "agent/sql/driver/console.hpp"
#include "agent/sql/driver/refusals.hpp"

#include <pqxx/pqxx>

namespace outrider::sql {
namespace {

Rows read(const pqxx::result& result) {
  Rows rows;
  for (pqxx::row::size_type i = 0; i < result.columns(); ++i)
    rows.columns.emplace_back(result.column_name(i));
  rows.rows.reserve(result.size());
  for (const auto& row : result) {
    std::vector<Value>& values = rows.rows.emplace_back();
    values.reserve(row.size());
    for (const auto& field : row) {
      if (field.is_null()) {
        values.emplace_back(std::nullopt);
      } else {
        values.emplace_back(std::string(field.c_str(), field.size()));
      }
    }
  }
  return rows;
}

class PqxxSession final : public Session {
 public:
  explicit PqxxSession(const std::string& dsn) : connection_(dsn), quiet_(connection_) {}

  tl::expected<Rows, Refusal> query(const std::string& statement,
                                    const std::vector<Value>& parameters) override {
    try {
      pqxx::nontransaction work(connection_);
      if (parameters.empty()) return read(work.exec(statement));
      std::vector<const char*> texts;
      for (const auto& parameter : parameters) texts.push_back(parameter ? parameter->c_str() : nullptr);
      return read(work.exec_params(statement, pqxx::prepare::make_dynamic_params(texts)));
    } catch (const pqxx::broken_connection& trouble) {
      return tl::unexpected<Refusal>(unreachable(trouble.what()));
    } catch (const pqxx::sql_error& trouble) {
      // Also what libpq says when the server goes away under a statement.
      if (!connection_.is_open()) return tl::unexpected<Refusal>(unreachable(trouble.what()));
      const std::string& state = trouble.sqlstate();
      return tl::unexpected<Refusal>({core::Error(code_of(state), first_line(trouble.what())), state});
    } catch (const std::exception& trouble) {
      return tl::unexpected<Refusal>({core::Error(core::Errc::internal, trouble.what()), {}});
    }
  }

  int descriptor() const override { return connection_.is_open() ? connection_.sock() : -1; }

 private:
  pqxx::connection connection_;
  pqxx::quiet_errorhandler quiet_;  // notices are not ours to print
};

// A URI takes its parameters after "?", a list of words takes more words. What the user set stays: libpq uses
// the last word said, so ours come first.
std::string whole_dsn(const Opening& opening) {
  std::string dsn = opening.dsn;
  const std::string limit = std::to_string(opening.limit_seconds);
  if (dsn.starts_with("postgres://") || dsn.starts_with("postgresql://")) {
    dsn += (dsn.find('?') == std::string::npos ? "?" : "&");
    return dsn + "connect_timeout=" + limit + "&application_name=" + opening.application_name;
  }
  return "connect_timeout=" + limit + " application_name='" + opening.application_name + "' " + dsn;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) Opened open_outrider_session(const Opening& opening) {
  const std::string dsn = whole_dsn(opening);
  if (opening.is_console) return open_console(dsn);
  try {
    return std::make_unique<PqxxSession>(dsn);
  } catch (const pqxx::broken_connection& trouble) {
    return tl::unexpected<Refusal>(unreachable(trouble.what()));
  } catch (const std::exception& trouble) {
    return tl::unexpected<Refusal>({core::Error(core::Errc::invalid, trouble.what()), {}});
  }
}

}  // namespace outrider::sql
