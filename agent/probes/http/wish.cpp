#include "agent/probes/http/wish.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/pattern.hpp"
#include "agent/probes/trouble.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::probes::http {
namespace {

using core::Standing;

std::optional<int> read_number(std::string_view text) {
  const auto number = core::read_number<int>(text);
  return number && *number >= 100 && *number <= 599 ? number : std::nullopt;
}

std::string show(const std::vector<StatusRange>& wanted) {
  std::vector<std::string> parts;
  for (const StatusRange& range : wanted) {
    parts.push_back(range.first == range.last ? fmt::format("{}", range.first)
                                              : fmt::format("{}-{}", range.first, range.last));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool has_status(const Wish& wish, int status) {
  return std::ranges::any_of(
      wish.status, [&](const StatusRange& range) { return range.first <= status && status <= range.last; });
}

// A text by what it says, a number by its value, whatever else as it is written.
bool is_same(std::string_view raw, const std::string& wanted) {
  std::string buffer;
  if (raw.starts_with('"')) return lines::string_value(raw, buffer) == wanted;
  if (raw == wanted) return true;
  const auto number = core::read_number<double>(raw);
  const auto other = core::read_number<double>(wanted);
  return number && other && *number == *other;
}

// What is wrong with the head, or nothing.
std::string head_trouble(const Wish& wish, const net::Response& response, core::WallTime now) {
  for (const auto& [name, part] : wish.headers) {
    const std::string_view value = net::header(response.headers, name);
    if (value.empty()) return fmt::format("there is no header {}", name);
    if (value.find(part) == std::string_view::npos) {
      return fmt::format("the header {} is \"{}\", wanted \"{}\"", name, first_line(value, 80), part);
    }
  }
  if (!wish.certificate_valid_for || !response.certificate_ends) return {};
  const core::Duration left = *response.certificate_ends - now;
  if (left >= *wish.certificate_valid_for) return {};
  return fmt::format("its certificate ends in {}, wanted {}", core::show_age(left),
                     core::show_duration(*wish.certificate_valid_for));
}

std::string body_trouble(const Wish& wish, const net::Response& response) {
  if (!wish.of_the_body()) return {};
  if (response.body_left_out) return "the body is longer than `most_body`";
  if (response.body.find(wish.body_contains) == std::string::npos) {
    return fmt::format("the body does not contain \"{}\"", wish.body_contains);
  }
  if (!wish.body_matches.empty() && !lines::Pattern(wish.body_matches).found_in(response.body)) {
    return fmt::format("the body does not match \"{}\"", wish.body_matches);
  }
  for (const auto& [path, wanted] : wish.json) {
    const auto raw = json_at(response.body, path);
    if (!raw) return fmt::format("the body has no JSON value \"{}\"", path);
    if (!is_same(*raw, wanted)) {
      return fmt::format("\"{}\" is {}, wanted {}", path, first_line(*raw, 80), wanted);
    }
  }
  return {};
}

}  // namespace

std::optional<StatusRange> read_status(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = read_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

std::optional<std::string_view> json_at(std::string_view body, std::string_view path) {
  std::vector<lines::Member> members;
  std::string_view value = body;
  while (!path.empty()) {
    const std::string_view key = core::take_until(path, '.');
    members.clear();
    if (!lines::scan_object(value, members)) return std::nullopt;
    const auto member = std::ranges::find(members, key, &lines::Member::key);
    if (member == members.end()) return std::nullopt;
    value = member->value;
  }
  return value;
}

core::Answer weigh(const Wish& wish, const net::Response& response, core::WallTime now) {
  if (!has_status(wish, response.status)) {
    std::string detail = fmt::format("HTTP {}, wanted {}", response.status, show(wish.status));
    const std::string said = first_line(response.body, 120);
    if (!said.empty() && said.front() != '<') detail += ": " + said;
    return {Standing::not_ok, detail, {}};
  }
  std::string trouble = head_trouble(wish, response, now);
  if (trouble.empty()) trouble = body_trouble(wish, response);
  if (!trouble.empty())
    return {Standing::not_ok, fmt::format("HTTP {}, but {}", response.status, trouble), {}};
  return {Standing::ok, fmt::format("HTTP {}", response.status), {}};
}

}  // namespace outrider::probes::http
