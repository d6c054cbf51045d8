// How long certificates still last, in files or as a server shows them, and whether they would be believed.
#pragma once

#include "agent/net/certificate.hpp"
#include "agent/probes/shelf.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace outrider::probes::certificate {

struct Settings {
  std::vector<std::string> files;  // PEM; the server's own certificate first, then its chain
  std::string server;              // or "host:port", asked over TLS
  core::Duration valid_for = std::chrono::hours(24 * 14);
  std::string name;       // it must be for this host; empty: any file will do, a server by its host
  std::string authority;  // PEM file that it must lead to; empty: files by any, servers by the system's
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::certificate
