#include "agent/api/guard.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/core.h>

namespace outrider::api {
namespace {

using core::Errc;
using core::fail;

constexpr std::size_t longest_reason = 500;

std::string lower(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
  return low;
}

// "host:443" and "[::1]:443" without the port, brackets gone.
std::string_view host_part(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view{} : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_address(std::string_view host) {
  if (host.empty()) return false;
  const bool version_6 = host.find(':') != std::string_view::npos;
  return std::all_of(host.begin(), host.end(), [&](unsigned char c) {
    return version_6 ? std::isxdigit(c) != 0 || c == ':' || c == '.' : std::isdigit(c) != 0 || c == '.';
  });
}

bool is_known_host(std::string_view authority, std::span<const std::string> hosts) {
  const std::string host = lower(host_part(authority));
  if (host.empty()) return false;
  if (hosts.empty() || is_address(host) || host == "localhost") return true;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& known) { return lower(known) == host; });
}

// A page of another origin can make a browser send a request, but not hide where the request comes from.
bool comes_from_elsewhere(const net::Call& call) {
  const std::string_view site = net::header(call.headers, "Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = net::header(call.headers, "Origin");
  if (origin.empty()) return false;
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return true;  // "null"
  return lower(origin.substr(scheme_end + 3)) != lower(net::header(call.headers, "Host"));
}

bool is_json(std::string_view content_type) {
  std::string type = lower(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type == "application/json";
}

bool one_clean_line(std::string_view text) {
  return core::clean_utf8(text) == text &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

core::Outcome<> check_write(const net::Call& call, Door door, std::span<const std::string> hosts) {
  if (door == Door::certificate && !is_known_host(net::header(call.headers, "Host"), hosts)) {
    return fail(Errc::denied, "cannot change anything under that host name",
                "address the agent by IP address, localhost or its own name");
  }
  if (comes_from_elsewhere(call)) {
    return fail(Errc::denied, "cannot take a command from a page of another origin",
                "send it from the command line, without an Origin header");
  }
  if (!is_json(net::header(call.headers, "Content-Type"))) {
    return fail(Errc::unsupported, "cannot read the request: it is not application/json",
                "send Content-Type: application/json");
  }
  return {};
}

namespace {

core::Outcome<std::string> read_reason(const boost::json::value& value) {
  const auto* const text = value.if_string();
  if (text == nullptr) return fail(Errc::invalid, "cannot take reason: it is not text");
  const std::string_view reason = trimmed({text->data(), text->size()});
  if (reason.size() > longest_reason || !one_clean_line(reason)) {
    return fail(Errc::invalid, "cannot take that reason",
                fmt::format("reason is one line of at most {} bytes", longest_reason));
  }
  return std::string(reason);
}

tl::unexpected<core::Error> unknown_key(std::string_view key, bool may_skip_budget) {
  const std::array<std::string_view, 2> keys{"reason", "even_without_budget"};
  const std::string_view meant =
      core::nearest(key, keys.begin(), may_skip_budget ? keys.end() : keys.begin() + 1);
  return fail(Errc::invalid, fmt::format("cannot take the key \"{}\"", core::clean_utf8(key.substr(0, 64))),
              meant.empty() ? std::string(may_skip_budget ? "the keys are reason and even_without_budget"
                                                          : "the only key is reason")
                            : fmt::format("did you mean \"{}\"?", meant));
}

}  // namespace

core::Outcome<WriteRequest> read_write_request(std::string_view body, bool may_skip_budget) {
  const char* const example = R"(send {"reason": "why this is done"})";
  boost::json::error_code problem;
  const boost::json::value document = boost::json::parse({body.data(), body.size()}, problem);
  if (problem || !document.is_object()) {
    return fail(Errc::invalid, "cannot read the request: it is not a JSON object", example);
  }
  WriteRequest request;
  for (const auto& member : document.get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == "reason") {
      auto reason = read_reason(member.value());
      if (!reason) return fail(reason.error());
      request.reason = std::move(*reason);
    } else if (key == "even_without_budget" && may_skip_budget) {
      if (!member.value().is_bool()) {
        return fail(Errc::invalid, "cannot take even_without_budget: it is not true or false");
      }
      request.even_without_budget = member.value().get_bool();
    } else {
      return unknown_key(key, may_skip_budget);
    }
  }
  if (request.reason.empty()) {
    return fail(Errc::invalid, "cannot act without a reason: it goes into the audit journal", example);
  }
  return request;
}

}  // namespace outrider::api
