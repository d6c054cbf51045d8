// The contract between the program and its driver module. Both are built from one tree; the module exports
// one function, found by its name. Everything here blocks: only the pool calls it.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/sql/sql.hpp"

#include <memory>
#include <string>
#include <vector>

namespace outrider::sql {

struct Refusal {
  core::Error error;
  std::string sqlstate;  // empty when the server did not say
};

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  virtual tl::expected<Rows, Refusal> query(const std::string& statement,
                                            const std::vector<Value>& parameters) = 0;
  // The socket, so that another thread can shut it down under a call that hangs; -1 when closed.
  virtual int descriptor() const = 0;
};

struct Opening {
  std::string dsn;
  std::string application_name;
  int limit_seconds = 10;
  bool is_console = false;  // of a PgBouncer
};

using Opened = tl::expected<std::unique_ptr<Session>, Refusal>;
using OpenSession = Opened (*)(const Opening& opening);

inline constexpr const char* module_name = "outrider_postgres.so";
inline constexpr const char* open_symbol = "open_outrider_session";

}  // namespace outrider::sql
