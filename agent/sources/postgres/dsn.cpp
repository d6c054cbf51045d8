#include "agent/sql/dsn.hpp"

#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/postgres/postgres_source.hpp"

#include <fmt/format.h>

namespace outrider::sources::postgres {

std::string bounded_dsn(const Settings& settings) {
  const auto milliseconds = settings.timeout / std::chrono::milliseconds(1);
  const std::string bounds = fmt::format(
      "-c statement_timeout={0} -c lock_timeout={1} -c idle_in_transaction_session_timeout={0} "
      "-c default_transaction_read_only=on",
      milliseconds, std::min<std::int64_t>(milliseconds, 500));
  if (config::is_postgres_url(settings.dsn)) {
    std::string encoded;
    for (const char c : bounds) {
      encoded += c == ' ' ? "%20" : c == '=' ? "%3D" : std::string(1, c);
    }
    return settings.dsn + (settings.dsn.find('?') == std::string::npos ? "?" : "&") + "options=" + encoded;
  }
  std::string dsn = settings.dsn + " options=" + sql::quoted_in_dsn(bounds);
  if (settings.password.is_set()) dsn += " password=" + sql::quoted_in_dsn(settings.password.reveal());
  return dsn;
}

}  // namespace outrider::sources::postgres
