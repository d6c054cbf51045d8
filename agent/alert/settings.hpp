// The section `notify` of the configuration: who is told, when, how often, and with which links.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"
#include "agent/notifiers/shelf.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outrider::alert {

// How long something must be there before anybody is told.
struct Waits {
  core::Duration critical{};
  core::Duration warning{};
  core::Duration unknown = std::chrono::minutes(1);
};

// Where links lead; empty: no such link. {service}, {instance} and {name} are filled in.
struct Places {
  std::string status;    // outrider's own page
  std::string runbooks;  // a folder: the alert's name is put behind it
  std::string dashboard;
  std::string traces;
  std::string logs;
};

struct Escalation {
  core::Duration after = std::chrono::minutes(15);
  std::vector<std::string> to;  // names of notifiers that are told of nothing else
};

struct Heartbeat {
  core::Duration every = std::chrono::minutes(1);
  std::vector<std::string> to;
};

struct Settings {
  std::vector<notifiers::Plan> notifiers;
  Waits wait;
  core::Duration resolve_after = std::chrono::seconds(30);
  core::Duration repeat_every = std::chrono::hours(4);
  core::Duration acknowledged_for = std::chrono::hours(24);
  core::Duration give_up_after = std::chrono::hours(24);
  std::optional<Escalation> escalate;
  std::optional<Heartbeat> heartbeat;
  Places links;
};

config::Kind<Settings> settings_kind(const notifiers::Shelf& shelf);

}  // namespace outrider::alert
