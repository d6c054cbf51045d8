// What an agent tells another one whose service depends on ours: its verdict, and what is behind it. Pure.
#pragma once

#include "agent/core/status.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outrider::api {

struct NeighbourWord {
  std::string service;
  core::Standing standing =
      core::Standing::unknown;  // not_ok: in trouble, although perhaps not called sick yet
  std::string why;
  std::vector<std::string> causes;    // what is behind its trouble, near to far; empty: nothing but itself
  std::optional<core::Duration> age;  // of the newest answer that this rests on; nothing: on none
};

NeighbourWord word_of(const core::Status& status);

}  // namespace outrider::api
