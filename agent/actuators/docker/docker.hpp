// A container of the Docker Engine: it is started, stopped and followed; making it anew is others' work.
#pragma once

#include "agent/actuators/docker/engine.hpp"
#include "agent/actuators/elsewhere.hpp"

#include <memory>
#include <string>

namespace outrider::actuators::docker {

struct Settings {
  std::string container;
  std::string socket = "/var/run/docker.sock";
  core::Duration timeout = std::chrono::seconds(10);
};

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, core::Duration stop_timeout);

// What an inspection says, as every Place says it.
Seen seen_of(const Container& container);

}  // namespace outrider::actuators::docker
