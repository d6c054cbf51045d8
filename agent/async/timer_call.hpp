// A call by a timer of the system: what a clock's call_at() is, where the time is real.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"

#include <functional>
#include <memory>

namespace outrider::async {

std::unique_ptr<core::DueCall> call_by_timer(Executor river, core::Instant when, std::function<void()> what);

}  // namespace outrider::async
