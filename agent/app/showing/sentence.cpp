#include "agent/app/showing/sentence.hpp"

#include <fmt/format.h>

namespace outrider::app {

std::string why_not_ready(const core::Status& status, bool begun, bool stopping) {
  if (stopping) return "outrider is stopping";
  if (!begun) return "outrider is starting";
  for (const core::RiverStatus& river : status.rivers) {
    if (!river.turning) return fmt::format("the river {} does not turn", river.name);
  }
  return {};
}

}  // namespace outrider::app
