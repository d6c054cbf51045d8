#include "agent/core/event.hpp"

namespace outrider::core {

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::lifecycle: return "lifecycle";
    case EventKind::probe: return "probe";
    case EventKind::health: return "health";
    case EventKind::decision: return "decision";
    case EventKind::action: return "action";
    case EventKind::config: return "config";
    case EventKind::operator_command: return "operator_command";
    case EventKind::trouble: return "trouble";
    case EventKind::incident: return "incident";
    case EventKind::notification: return "notification";
  }
  return "trouble";
}

}  // namespace outrider::core
