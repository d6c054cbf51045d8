// Who listens on a port, and is it who it should be?
#pragma once

#include "agent/probes/shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace outrider::probes::port_owner {

struct Settings {
  std::uint16_t port = 0;
  std::string
      process;  // what it is called; empty: the process that the agent supervises, or one of its group
};

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools);

}  // namespace outrider::probes::port_owner
