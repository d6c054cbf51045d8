#include "agent/core/verdict.hpp"

#include "agent/core/log.hpp"

namespace outrider::core {

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::unknown: return "unknown";
    case Standing::ok: return "ok";
    case Standing::not_ok: return "not_ok";
  }
  return "unknown";
}

std::string_view name_of(State state) {
  switch (state) {
    case State::unknown: return "unknown";
    case State::healthy: return "healthy";
    case State::sick: return "sick";
  }
  return "unknown";
}

std::string ServiceVerdict::explained_by() const {
  if (causes.empty()) return {};
  if (causes.size() == 1) return causes.front();
  return causes.front() + " (because of " + causes.back() + ")";
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
  }
  return "error";
}

}  // namespace outrider::core
