// Asks the Outrider beside another service for its verdict, and takes it over with what explains it.
#pragma once

#include "agent/config/secret.hpp"
#include "agent/probes/shelf.hpp"

#include <string>

namespace outrider::probes::outrider {

struct Settings {
  std::string url;       // of its API: "http://tests-api:9465"
  config::Secret token;  // may not be set
  core::Duration stale_after = std::chrono::minutes(1);
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::outrider
