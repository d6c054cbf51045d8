// Asks one URL and weighs the answer: its status and, where wanted, its headers, body and certificate.
#pragma once

#include "agent/probes/http/wish.hpp"
#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrider::probes::http {

enum class Redirects {
  weigh,      // a redirect is an answer like any other
  same_host,  // followed, but not to somebody else
  follow,     // wherever it leads; headers of ours go to nobody else
};

struct Settings {
  std::string url;
  std::string method = "GET";
  net::Headers headers;
  std::optional<net::TlsTrust> tls;  // empty: as the agent's client was made
  Redirects redirects = Redirects::weigh;
  std::uint64_t most_body_bytes = 1024UL * 1024;
  Wish wish;
};

// Where a redirect leads; nothing when `location` is no URL we can ask.
std::optional<std::string> next_url(const std::string& url, std::string_view location);
// The same host and port, or the same host made safe: https for http.
bool same_host(const std::string& url, const std::string& other);

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::http
