// Asks one URL and weighs the status and, where wanted, the body.
#pragma once

#include "agent/probes/shelf.hpp"

#include <cstdint>
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

struct Settings {
  std::string url;
  std::string method = "GET";
  std::vector<StatusRange> status{StatusRange{}};
  std::string body_contains;  // empty: any body will do
  net::Headers headers;
  std::optional<net::TlsTrust> tls;  // empty: as the agent's client was made
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::http
