// The eight severities of syslog, which the journal calls priorities: 0 is the worst.
#pragma once

#include "agent/telemetry/record.hpp"

#include <array>
#include <string_view>

namespace outrider::telemetry {

struct SyslogLevel {
  std::string_view name;
  Severity severity;
};

inline constexpr std::array<SyslogLevel, 8> syslog_levels{{{"emergency", Severity::fatal},
                                                           {"alert", Severity::fatal},
                                                           {"critical", Severity::fatal},
                                                           {"error", Severity::error},
                                                           {"warning", Severity::warn},
                                                           {"notice", Severity::info},
                                                           {"informational", Severity::info},
                                                           {"debug", Severity::debug}}};

}  // namespace outrider::telemetry
