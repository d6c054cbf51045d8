// What each role may do. Pure; the whole table is in role.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace outrider::api {

enum class Right {
  none,     // needs none: a load balancer must be able to ask for /readyz
  look,     // what the agent shows of itself
  audit,    // who did what, and why
  watch,    // what the service writes: its logs as they go by
  respond,  // to acknowledge, silence, keep still for a while: nothing is touched
  act,      // to restart, reload, replay, drill: within the limits
  command,  // beyond the limits: without budget, over the gate, failover
};
std::string_view name_of(Right right);

enum class Role { viewer, auditor, responder, operator_, commander };
inline constexpr std::size_t role_count = 5;
std::string_view name_of(Role role);  // "operator"

bool may(Role role, Right right);

// What a token can be limited to: the first word of a command's path below /api/v1/.
inline constexpr std::array<std::string_view, 9> areas{
    "alerts", "failover", "incidents", "maintenance", "notify", "parked", "recovery", "reload", "restart"};

// "parked" of "/api/v1/parked/replay"; empty when there is none.
std::string_view area_of(std::string_view path);

}  // namespace outrider::api
