// What is thought of something, for people: one sentence, what would mend it, and since when it is so.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/concerns.hpp"

#include <string>
#include <vector>

namespace outrider::recovery {

using core::Severity;  // fine < warning < unknown < critical

struct Judgement {
  std::string id;  // stable: "archiver.stalled", "slot.retains:old_standby"
  Severity severity = Severity::warning;
  std::string sentence;    // without its full stop
  std::string hint;        // what would mend it; may be empty
  core::WallTime since{};  // filled by settle() of track.hpp: when it was first judged so

  bool operator==(const Judgement&) const = default;
};

using Judgements = std::vector<Judgement>;

Severity worst_of(const Judgements& judgements);  // fine when there is none

}  // namespace outrider::recovery
