// Whether each route leads to a destination that is there.
#pragma once

#include "agent/config/values/members.hpp"
#include "agent/pipeline/settings.hpp"

#include <optional>

namespace outrider::pipeline {

// A record that is sent to nobody would be lost without a word.
std::optional<config::Complaint> judge_routes(const LogSettings& logs);

}  // namespace outrider::pipeline
