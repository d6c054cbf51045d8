#include "agent/net/endpoint.hpp"

#include "agent/core/number.hpp"

#include <algorithm>
#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace outrider::net {
namespace {

using core::Errc;
using core::fail;

constexpr std::string_view unix_prefix = "unix:";
constexpr std::size_t most_socket_path = 107;  // what sockaddr_un holds beside its final NUL

core::Outcome<Endpoint> read_socket_path(std::string_view whole, std::string_view path) {
  const std::string start = "cannot use the address " + std::string(whole);
  if (path.empty() || path.front() != '/') {
    return fail(Errc::invalid, start + ": the path of a socket begins with /", "write unix:/run/name.sock");
  }
  if (path.find('\0') != std::string_view::npos) {
    return fail(Errc::invalid, "cannot use the address of a socket with a NUL in its path");
  }
  if (path.size() > most_socket_path) {
    return fail(Errc::invalid, start + ": the path of a socket has at most 107 bytes", "use a shorter path");
  }
  Endpoint endpoint;
  endpoint.path = path;
  return endpoint;
}

// What would end the request line that it goes into, or the path before its end.
bool has_blank_or_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

core::Outcome<Url> read_unix_url(std::string_view text) {
  const std::string_view rest = text.substr(unix_prefix.size());
  const std::size_t colon = rest.find(':');
  auto endpoint = read_socket_path(text, rest.substr(0, colon));
  if (!endpoint) return fail(endpoint.error());
  Url url;
  url.endpoint = std::move(*endpoint);
  if (colon != std::string_view::npos && colon + 1 < rest.size()) url.target = rest.substr(colon + 1);
  if (url.target.front() != '/') {
    return fail(Errc::invalid, "cannot use the URL " + std::string(text) + ": its path begins with /",
                "write unix:/run/name.sock:/path");
  }
  if (has_blank_or_control(url.target)) {
    return fail(Errc::invalid, "cannot use a URL with a blank or a control character in its path",
                "write it with a % and two digits, as in %20");
  }
  url.host_header = "localhost";
  return url;
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string Endpoint::text() const {
  if (is_unix()) return std::string(unix_prefix) + path;
  const bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

core::Outcome<Endpoint> read_endpoint(std::string_view text) {
  if (text.starts_with(unix_prefix)) return read_socket_path(text, text.substr(unix_prefix.size()));
  const std::string start = "cannot use the address " + std::string(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::invalid, start + ": it has no port", "write host:port or unix:/path");
  }
  std::string_view host = text.substr(0, colon);
  const auto port = core::read_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return fail(Errc::invalid, start + ": its port is not a number from 0 to 65535");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find_first_of("[]") != std::string_view::npos || has_blank_or_control(host)) {
      return fail(Errc::invalid, "cannot use an address whose brackets hold no IPv6 address",
                  "write [::1]:80");
    }
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return fail(Errc::invalid, start + ": an IPv6 address goes in brackets", "write [::1]:80");
  }
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = *port;
  return endpoint;
}

core::Outcome<Url> read_url(std::string_view text) {
  if (text.starts_with(unix_prefix)) return read_unix_url(text);
  const std::string start = "cannot use the URL " + std::string(text);
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return fail(Errc::invalid, start + ": it is not a URL", "write http://host:port/path");
  const boost::urls::url_view& view = *parsed;
  Url url;
  url.tls = view.scheme() == "https";
  if (!url.tls && view.scheme() != "http") {
    return fail(Errc::unsupported, start + ": its scheme is none of http, https, unix");
  }
  if (view.has_userinfo()) {
    return fail(Errc::unsupported, "cannot use a URL with a user name in it",
                "send an Authorization header instead");
  }
  url.endpoint.host = view.host_address();
  if (url.endpoint.host.empty()) return fail(Errc::invalid, start + ": it has no host");
  url.endpoint.port = view.port_number();
  if (!view.has_port() || view.port().empty()) url.endpoint.port = url.tls ? 443 : 80;
  if (url.endpoint.port == 0)
    return fail(Errc::invalid, start + ": its port is not a number from 1 to 65535");
  url.host_header = view.encoded_host_and_port();
  url.target = view.encoded_path();
  if (url.target.empty()) url.target = "/";
  if (view.has_query()) url.target += "?" + std::string(view.encoded_query());
  return url;
}

bool split_target(std::string_view target, std::string& path, std::string& query) {
  // The absolute form, as a proxy would be asked, means the same thing here.
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const std::size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/') && target != "*") return false;
  const std::size_t mark = target.find('?');
  query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  return percent_decode(target.substr(0, mark), path);
}

bool percent_decode(std::string_view text, std::string& decoded) {
  decoded.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\0') return false;
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return false;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return true;
}

}  // namespace outrider::net
