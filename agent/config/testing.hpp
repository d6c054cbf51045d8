// For this room's tests: a text in, a value or the report's text out.
#pragma once

#include "agent/config/load.hpp"

#include <map>
#include <string>

namespace outrider::config::testing {

using Words = std::map<std::string, std::string>;

// Variables and files that exist only here.
inline Environment pretend(Words variables = {}, Words files = {}) {
  return {
      .variable = [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      .read_file = [files](const std::string& path, std::uint64_t) -> core::Outcome<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) return core::fail(core::Errc::not_found, "No such file or directory");
        return found->second;
      },
  };
}

// A document `x: <text>` read by one kind.
template <class T>
struct Wrapped {
  T x{};
};

}  // namespace outrider::config::testing
