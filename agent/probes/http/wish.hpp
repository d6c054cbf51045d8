// What an answer must be like to be ok. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/verdict.hpp"
#include "agent/net/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrider::probes::http {

struct StatusRange {
  int first = 200;
  int last = 299;
};

// "204" or "200-299"; nothing when it is neither, or outside 100 to 599.
std::optional<StatusRange> read_status(std::string_view text);

struct Wish {
  std::vector<StatusRange> status{StatusRange{}};
  std::string body_contains;  // empty: any body will do
  std::string body_matches;   // RE2
  // "checks.database" and what stands there: "ok", "true", "3".
  std::vector<std::pair<std::string, std::string>> json;
  net::Headers headers;  // each must be there and contain this
  std::optional<core::Duration> certificate_valid_for;

  bool of_the_body() const { return !body_contains.empty() || !body_matches.empty() || !json.empty(); }
};

// Without the time it took.
core::Answer weigh(const Wish& wish, const net::Response& response, core::WallTime now);

// The raw JSON value at a path of members; nothing when it is not there, or the body is no JSON object.
std::optional<std::string_view> json_at(std::string_view body, std::string_view path);

}  // namespace outrider::probes::http
