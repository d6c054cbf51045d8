// What the server said no with, in our words.
#pragma once

#include "agent/sql/session.hpp"

#include <string>
#include <string_view>

namespace outrider::sql {

inline Refusal unreachable(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return {core::Error(core::Errc::unavailable, std::move(text)), {}};
}

inline std::string first_line(std::string_view what) {
  if (what.starts_with("ERROR:")) what.remove_prefix(6);
  const auto begin = what.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "the server said no";
  what.remove_prefix(begin);
  return std::string(what.substr(0, what.find('\n')));
}

// A server that says who we are or what we may is another trouble than one that does not like the statement.
inline core::Errc code_of(std::string_view sqlstate) {
  if (sqlstate == "42501" || sqlstate.starts_with("28")) return core::Errc::denied;
  if (sqlstate == "57014") return core::Errc::timed_out;
  if (sqlstate.starts_with("53")) return core::Errc::exhausted;
  if (sqlstate == "XX001" || sqlstate == "XX002") return core::Errc::corrupt;
  return core::Errc::refused;
}

}  // namespace outrider::sql
