#include "agent/notifiers/usual.hpp"

#include <string_view>

namespace outrider::notifiers {

config::Kind<core::Severity> severity_kind() {
  return config::choice<core::Severity>({{"warning", core::Severity::warning},
                                         {"unknown", core::Severity::unknown},
                                         {"critical", core::Severity::critical}});
}

bool is_one_line(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

}  // namespace outrider::notifiers
