#include "agent/sql/dsn.hpp"

#include "agent/config/values/postgres_dsn.hpp"
#include "agent/sources/postgres/postgres_source.hpp"

#include <fmt/format.h>

namespace outrider::sources::postgres {
namespace {

// The value of a key in "host=/run/postgresql port=5432".
std::string value_of(std::string_view dsn, std::string_view key) {
  std::size_t at = 0;
  while (at < dsn.size()) {
    at = std::min(dsn.find_first_not_of(' ', at), dsn.size());
    const std::size_t equals = dsn.find('=', at);
    if (equals == std::string_view::npos) break;
    const std::string_view name = dsn.substr(at, equals - at);
    const bool is_quoted = equals + 1 < dsn.size() && dsn[equals + 1] == '\'';
    const std::size_t begin = equals + (is_quoted ? 2 : 1);
    const std::size_t end = std::min(dsn.find(is_quoted ? '\'' : ' ', begin), dsn.size());
    if (name == key) return std::string(dsn.substr(begin, end - begin));
    at = end + 1;
  }
  return {};
}

std::string server_of_url(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?"));
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.empty()) return "localhost:5432";
  const bool has_port =
      url.find(':', url.rfind(']') == std::string_view::npos ? 0 : url.rfind(']')) != std::string_view::npos;
  return std::string(url) + (has_port ? "" : ":5432");
}

}  // namespace

std::string server_of(std::string_view dsn) {
  if (config::is_postgres_url(dsn)) return server_of_url(dsn);
  const std::string host = value_of(dsn, "host"), port = value_of(dsn, "port");
  return (host.empty() ? "localhost" : host) + ":" + (port.empty() ? "5432" : port);
}

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
