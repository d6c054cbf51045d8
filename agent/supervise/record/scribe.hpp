// Writes the supervisor's intents and results to the journal, each within a deadline, and remembers what it
// could not write until the journal takes lines again.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/journal.hpp"
#include "agent/core/log.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace outrider::supervise {

class Scribe {
 public:
  Scribe(core::Journal& journal, core::Clock& clock, core::Log& log)
      : journal_(journal), clock_(clock), log_(log) {}

  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed);

  // For what must be done also when it cannot be written: nothing then, and the deed is owed.
  core::Task<std::optional<std::uint64_t>> intend_or_owe(core::Deed deed);

  // Of an intent that was written, or nothing. Also tries to write what is owed.
  core::Task<void> conclude(std::optional<std::uint64_t> intent, bool succeeded, std::string result);

  std::size_t owed() const { return owed_.size(); }

 private:
  core::Task<void> write_owed();

  core::Journal& journal_;
  core::Clock& clock_;
  core::Log& log_;
  std::deque<core::Deed> owed_;  // at most most_owed
};

}  // namespace outrider::supervise
