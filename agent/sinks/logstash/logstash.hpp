// Sends to Logstash's `beats` input over Lumberjack 2. A window goes out, and counts as far as it is
// acknowledged; what is not is sent again, by this host or the next.
#pragma once

#include "agent/net/http.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sinks::logstash {

struct Settings {
  std::vector<std::string> hosts;  // "logstash:5044"; at least one
  std::optional<net::TlsTrust> tls;
  int compress = 3;  // 0: not at all
  std::size_t window = 2048;
  core::Duration timeout = std::chrono::seconds(30);   // without a sign of life
  core::Duration patience = std::chrono::minutes(10);  // with keep-alives and nothing else
};

std::unique_ptr<Sink> make(const Tools& tools, Settings settings);

}  // namespace outrider::sinks::logstash
