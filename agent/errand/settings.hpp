// The list of outrider-actuator: who may ask for what to be done to which service.
#pragma once

#include "agent/actuators/shelf.hpp"
#include "agent/config/kind.hpp"
#include "agent/config/kinds.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::errand {

enum class Verb { look, start, stop, restart, kill, signal };
std::string_view name_of(Verb verb);

struct Grant {
  std::string name;
  std::int64_t uid = -1;
  std::string kind;  // of the actuator: "systemd"
  actuators::Maker make;
  std::vector<Verb> may{Verb::start, Verb::stop, Verb::restart, Verb::kill};  // and to look, always

  config::Budget most{60, std::chrono::hours(1)};  // errands; looks are not counted

  bool allows(Verb verb) const;
};

struct Settings {
  std::string socket = "/run/outrider-actuator.sock";
  std::string state = "/var/lib/outrider-actuator";
  std::vector<Grant> allow;
};

config::Kind<Settings> settings_kind(const actuators::Shelf& shelf);

// Whoever may write to the list may do everything on this machine: it is root's, or ours, and nobody else's.
core::Outcome<> check_owner(const std::string& path);

}  // namespace outrider::errand
