#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outrider::os {

// The words that have a command run as this user, with all its groups; to be put before it. Only root may.
inline std::vector<std::string> as_user(std::string_view user, std::string_view group) {
  return {"setpriv", "--reuid=" + std::string(user), "--regid=" + std::string(group), "--init-groups", "--"};
}

}  // namespace outrider::os
