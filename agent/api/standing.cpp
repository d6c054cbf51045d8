#include "agent/api/standing.hpp"

#include "agent/api/answers.hpp"
#include "agent/core/text.hpp"

#include <fmt/core.h>

namespace outrider::api {

net::Response alive_answer(const core::Status& status) {
  for (const core::RiverStatus& river : status.rivers) {
    if (river.turning) continue;
    return text_answer(
        503, fmt::format("not alive: the {} river is {} late", river.name, core::show_duration(river.lag)));
  }
  return text_answer(200, "alive");
}

net::Response ready_answer(const core::Status& status) {
  if (status.ready) return text_answer(200, "ready");
  const std::string why = status.not_ready_because.empty() ? "no reason given" : status.not_ready_because;
  return text_answer(503, "not ready: " + why);
}

}  // namespace outrider::api
