// How it is written that lines follow their trace:  follow_traces: true   follow_traces: {levels: [debug]}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/tracing/following.hpp"

#include <optional>

namespace outrider::pipeline {

config::Kind<std::optional<tracing::FollowSettings>> follow_kind();  // of the key `follow_traces`

}  // namespace outrider::pipeline
