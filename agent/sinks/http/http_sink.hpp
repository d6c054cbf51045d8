// Sends records as lines of JSON to an address of the user's own, each with an id by which the receiver can
// tell what it has already. A receiver that refuses a request is asked which record it means.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/net/http.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::sinks::http {

struct Settings {
  std::string url;
  std::string method = "POST";
  std::vector<std::pair<std::string, config::Secret>> headers;
  config::Secret authorization;  // the header's value; may be not set
  bool gzip = false;
  std::uint64_t batch_bytes = 1u << 20;  // of a request, unpacked
  core::Duration timeout = std::chrono::seconds(30);
  std::optional<net::TlsTrust> tls;
};

std::unique_ptr<Sink> make(const Tools& tools, Settings settings);

}  // namespace outrider::sinks::http
