// A unit of systemd, asked over D-Bus.
#pragma once

#include "agent/actuators/elsewhere.hpp"

#include <memory>
#include <string>

namespace outrider::actuators::systemd {

struct Settings {
  std::string unit;
  std::string bus = "unix:path=/run/dbus/system_bus_socket";
  core::Duration timeout = std::chrono::seconds(5);        // for a question
  core::Duration job_timeout = std::chrono::seconds(100);  // for a start or a restart
};

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings);

}  // namespace outrider::actuators::systemd
