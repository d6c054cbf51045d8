// The words in which health is spoken of. Three-valued everywhere: unknown is never ok, and never a reason to
// act.
#pragma once

#include "agent/core/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::core {

// What one question to one thing brought back.
enum class Standing { unknown, ok, not_ok };

// What an answer shows of the target beside its standing.
enum class Sign {
  nothing,
  spoke,  // the target itself answered, not only the kernel in its name
  late,   // it is there, and its answer did not come in time
  busy,   // it said itself that it has too much to do
};

struct Answer {
  Standing standing = Standing::unknown;
  std::string detail;  // what the probe saw, in its own words: "HTTP 503", "connection refused"
  Duration took{};
  Sign sign = Sign::nothing;
  std::vector<std::string> causes{};  // of a target that knows what its own trouble comes from: near to far
};

// What a run of answers says of a target.
enum class State { unknown, healthy, sick };

struct Verdict {
  State state = State::unknown;
  bool changed = false;  // with this verdict, compared with the one before
  std::string why;       // one sentence: log line, API field and audit reason alike
};

// What all is said of a service, and what explains it.
struct ServiceVerdict {
  State state = State::unknown;  // whether it lives and works
  std::string why;
  std::vector<std::string> causes{};  // of trouble: the dependency that explains it, then what explains that
  bool saturated = false;             // sick, but of having too much to do: it still answers something
  State readiness = State::unknown;   // healthy: it can be sent work. Unknown where nothing asks
  std::string not_ready_because{};

  std::string explained_by() const;  // "tests-api (because of postgres)"; empty: nothing does

  bool operator==(const ServiceVerdict&) const = default;
};

std::string_view name_of(Standing standing);
std::string_view name_of(State state);

}  // namespace outrider::core
