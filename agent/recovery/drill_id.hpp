#pragma once

#include "agent/core/text.hpp"

#include <string>

namespace outrider::recovery {

// What a drill is known by, from when it began: "20261122-004506".
inline std::string drill_id(core::WallTime began) {
  std::string id = core::show_time(began);
  std::erase_if(id, [](char sign) { return sign == '-' || sign == ':'; });
  return id.substr(0, 8) + "-" + id.substr(9, 6);
}

}  // namespace outrider::recovery
