// What becomes of a log line that waits for what is decided of its trace. Pure.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/telemetry/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace outrider::tracing {

struct FollowSettings {
  // Lines of other levels never wait.
  std::vector<telemetry::Severity> levels{telemetry::Severity::debug, telemetry::Severity::trace};
  // An SDK sends its spans each five seconds, and a trace is judged 30 s after its first span at the latest.
  core::Duration wait = std::chrono::seconds(45);
  std::uint64_t most_bytes = 64u << 20;
  bool keeps_undecided = true;
};

enum class LineFate : std::uint8_t {
  waits,
  released,  // its trace is kept
  let_go,    // its trace is not
  waited,    // nothing was decided in time
  crowded,   // nothing was decided yet, and there is no room to wait for it
};
inline constexpr std::size_t line_fate_count = 5;
std::string_view name_of(LineFate fate);

// `is_kept`: what was decided of its trace; nothing: not yet.
LineFate fate_of(const FollowSettings& settings, std::optional<bool> is_kept, core::Duration waited,
                 bool is_crowded);

// Whether a line goes on that waits no more.
bool goes_on(const FollowSettings& settings, LineFate fate);

}  // namespace outrider::tracing
