// How a PostgreSQL is named in the configuration, as libpq has it.
#pragma once

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::config {

inline bool is_postgres_url(std::string_view dsn) {
  return dsn.starts_with("postgres://") || dsn.starts_with("postgresql://");
}

inline Kind<std::string> postgres_dsn() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& text) -> std::optional<std::string> {
    if (is_postgres_url(text) || text.find('=') != std::string::npos) return std::nullopt;
    return std::string("must be as libpq has it: \"host=/run/postgresql dbname=app\" or postgresql://…");
  };
  return text_matching(1, 4096).check(judge);
}

// Of a section with both.
template <class Written>
std::optional<Complaint> password_in_url(const Written& written) {
  if (!written.password.is_set() || !is_postgres_url(written.dsn)) return std::nullopt;
  return Complaint{"password", "`password` cannot be put into a URL; write `dsn` as host=… user=…"};
}

}  // namespace outrider::config
