#include "agent/sources/database_server.hpp"

#include "agent/config/values/postgres_dsn.hpp"

#include <algorithm>

namespace outrider::sources {

std::string value_in_dsn(std::string_view dsn, std::string_view key) {
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

namespace {

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
  const std::string host = value_in_dsn(dsn, "host"), port = value_in_dsn(dsn, "port");
  return (host.empty() ? "localhost" : host) + ":" + (port.empty() ? "5432" : port);
}

}  // namespace outrider::sources
