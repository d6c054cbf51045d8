// The words in which health is spoken of. Three-valued everywhere: unknown is never ok, and never a reason to
// act.
#pragma once

#include "agent/core/clock.hpp"

#include <string>
#include <string_view>

namespace outrider::core {

// What one question to one thing brought back.
enum class Standing { unknown, ok, not_ok };

struct Answer {
  Standing standing = Standing::unknown;
  std::string detail;  // what the probe saw, in its own words: "HTTP 503", "connection refused"
  Duration took{};
};

// What a run of answers says of a target.
enum class State { unknown, healthy, sick };

struct Verdict {
  State state = State::unknown;
  bool changed = false;  // with this verdict, compared with the one before
  std::string why;       // one sentence: log line, API field and audit reason alike
};

std::string_view name_of(Standing standing);
std::string_view name_of(State state);

}  // namespace outrider::core
