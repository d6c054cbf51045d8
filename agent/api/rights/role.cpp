#include "agent/api/rights/role.hpp"

namespace outrider::api {

std::string_view name_of(Right right) {
  switch (right) {
    case Right::none: return "none";
    case Right::look: return "look";
    case Right::audit: return "audit";
    case Right::watch: return "watch";
    case Right::respond: return "respond";
    case Right::act: return "act";
    case Right::command: return "command";
  }
  return "?";
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::viewer: return "viewer";
    case Role::auditor: return "auditor";
    case Role::responder: return "responder";
    case Role::operator_: return "operator";
    case Role::commander: return "commander";
  }
  return "?";
}

bool may(Role role, Right right) {
  switch (right) {
    case Right::none:
    case Right::look: return true;
    case Right::audit: return role == Role::auditor || role >= Role::operator_;
    // An auditor sees who did what here, and no line of what the service's users did.
    case Right::watch:
    case Right::respond: return role >= Role::responder;
    case Right::act: return role >= Role::operator_;
    case Right::command: return role == Role::commander;
  }
  return false;
}

std::string_view area_of(std::string_view path) {
  constexpr std::string_view root = "/api/v1/";
  if (!path.starts_with(root)) return {};
  path.remove_prefix(root.size());
  return path.substr(0, path.find('/'));
}

}  // namespace outrider::api
