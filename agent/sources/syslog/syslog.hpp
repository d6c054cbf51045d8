// Receives syslog over UDP, TCP and TLS. It only finds out where messages begin and end; what they say is
// read by the format `syslog`. What it has read is gone from the wire, so it feeds an Intake.
#pragma once

#include "agent/net/server.hpp"
#include "agent/sources/shelf.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrider::sources::syslog {

struct SecureListener {
  std::string listen;
  net::TlsFiles files;
};

struct Settings {
  std::string udp, tcp;  // addresses; empty: not
  std::optional<SecureListener> tls;
  std::size_t most_message = 64 * 1024;
  std::size_t connections = 256;
  core::Duration message_time = std::chrono::seconds(30);  // from a message's first byte to its last
  core::Duration idle = std::chrono::hours(1);             // between messages
};

std::vector<std::string> streams_of(const Settings& settings);

std::unique_ptr<LogSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::syslog
