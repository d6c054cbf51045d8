#include "agent/config/values/scalars.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace outrider::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// digits [. digits] [e[+-]digits], with a sign in front.
bool is_decimal(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return false;
  if (!is_digit(text.front()) && !(text.front() == '.' && text.size() > 1 && is_digit(text[1]))) return false;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ptr == text.data() + text.size();
}

bool is_based(std::string_view text) {  // 0x1f, 0o17
  if (text.size() < 3 || text[0] != '0') return false;
  if (text[1] == 'x') return text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  return text[1] == 'o' && text.find_first_not_of("01234567", 2) == std::string_view::npos;
}

template <std::size_t Count>
bool is_one_of(std::string_view text, const std::array<std::string_view, Count>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<std::string> trouble_with_port(std::string_view text, int least) {
  int port = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (whole && port >= least && port <= 65535 && is_digit(text.front())) return std::nullopt;
  return "a port from " + std::to_string(least) + " to 65535";
}

// "host", "[::1]" and what follows it. Nothing when the brackets do not match.
std::optional<std::pair<std::string_view, std::string_view>> split_host(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    if (text.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.%") != std::string_view::npos)
      return std::nullopt;
    return std::pair(text.substr(0, end + 1), text.substr(end + 1));
  }
  const std::size_t end = std::min(text.find(':'), text.size());
  const std::string_view host = text.substr(0, end);
  const bool fine = std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return is_digit(static_cast<char>(c)) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c >= 0x80;
  });
  if (!fine) return std::nullopt;
  return std::pair(host, text.substr(end));
}

}  // namespace

Look looks_like(std::string_view text) {
  static constexpr std::array<std::string_view, 5> nothings{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 6> flags{"true", "True", "TRUE", "false", "False", "FALSE"};
  static constexpr std::array<std::string_view, 6> specials{".inf", ".Inf", "-.inf", "+.inf", ".nan", ".NaN"};
  if (is_one_of(text, nothings)) return Look::nothing;
  if (is_one_of(text, flags)) return Look::flag;
  const std::string_view digits = !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
  if (!digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit)) return Look::whole;
  if (is_based(text)) return Look::whole;
  if (is_one_of(text, specials) || is_decimal(text)) return Look::number;
  return Look::text;
}

std::string_view name_of(Look look) {
  switch (look) {
    case Look::text: return "text";
    case Look::nothing: return "nothing";
    case Look::flag: return "a yes-or-no value";
    case Look::whole:
    case Look::number: return "a number";
  }
  return "text";
}

std::optional<std::int64_t> read_whole(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> read_number(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Budget> read_budget(std::string_view text) {
  constexpr std::string_view per = " per ";
  const std::size_t split = text.find(per);
  if (split == std::string_view::npos || !is_digit(text.front())) return std::nullopt;
  const auto count = read_whole(text.substr(0, split));
  const auto length = core::read_duration(text.substr(split + per.size()));
  if (!count || *count < 0 || *count > 1000 || !length) return std::nullopt;
  if (*length < std::chrono::seconds(1) || *length > std::chrono::hours(24 * 30)) return std::nullopt;
  return Budget{static_cast<std::uint32_t>(*count), *length};
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string hint_for_flag(const Node& node) {
  if (!node.is_scalar()) return {};
  static constexpr std::array<std::string_view, 9> yes{"yes", "Yes", "YES",  "on",  "On",
                                                       "ON",  "y",   "True", "TRUE"};
  static constexpr std::array<std::string_view, 9> no{"no",  "No", "NO",    "off",  "Off",
                                                      "OFF", "n",  "False", "FALSE"};
  if (is_one_of(node.text(), yes)) return "write true";
  if (is_one_of(node.text(), no)) return "write false";
  if (node.text() == "true" || node.text() == "false") return "take the quotes away";
  return {};
}

bool has_credentials(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view rest = url.substr(colon + 3);
  return rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size())).find('@') != std::string_view::npos;
}

std::optional<std::string> trouble_with_url(std::string_view url, const std::vector<std::string>& schemes) {
  const std::size_t colon = url.find("://");
  const std::string example = schemes.front() + "://host:port/path";
  const bool printable = std::all_of(
      url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
  if (colon == std::string_view::npos || !printable) return "a URL such as " + example;
  if (std::find(schemes.begin(), schemes.end(), url.substr(0, colon)) == schemes.end()) {
    std::string known;
    for (const std::string& scheme : schemes) known += (known.empty() ? "" : " or ") + scheme + "://";
    return "a URL that begins with " + known;
  }
  const std::string_view rest = url.substr(colon + 3);
  const std::string_view authority = rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
  const auto host = split_host(authority);
  if (!host || host->first.empty()) return "a URL with a host, such as " + example;
  if (host->second.empty()) return std::nullopt;
  if (host->second.front() != ':') return "a URL such as " + example;
  if (auto port = trouble_with_port(host->second.substr(1), 1)) return "a URL with " + *port;
  return std::nullopt;
}

std::optional<std::string> trouble_with_endpoint(std::string_view endpoint) {
  constexpr std::string_view unix_prefix = "unix:";
  constexpr std::size_t most_socket_path_bytes = 107;  // sockaddr_un
  const std::string example = "an address such as 127.0.0.1:8080, [::1]:8080 or unix:/run/x.sock";
  if (endpoint.starts_with(unix_prefix)) {
    const std::string_view path = endpoint.substr(unix_prefix.size());
    if (!path.starts_with('/')) return "an absolute path after unix:";
    if (path.size() > most_socket_path_bytes) return "a socket path of at most 107 bytes";
    return std::nullopt;
  }
  if (endpoint.find("://") != std::string_view::npos) return "written as host:port, without a scheme";
  const auto host = split_host(endpoint);
  if (std::count(endpoint.begin(), endpoint.end(), ':') > 1 && endpoint.front() != '[')
    return "an IPv6 address in brackets, such as [::1]:8080";
  if (!host || endpoint.find_first_not_of("0123456789") == std::string_view::npos) return example;
  if (host->first.empty()) return "an address with a host, such as 127.0.0.1" + std::string(endpoint);
  if (host->second.empty()) return "an address with a port, such as " + std::string(endpoint) + ":8080";
  if (host->second.front() != ':') return example;
  if (auto port = trouble_with_port(host->second.substr(1), 0)) return "an address with " + *port;
  return std::nullopt;
}

}  // namespace outrider::config
