// The flight recorder of one service: the last log lines at full verbosity, and beside them, in a ring of
// their own so that a flood of lines does not wash them away, what happened, what probes answered and how the
// process was. Any thread may write; a line costs one copy.
#pragma once

#include "agent/core/random.hpp"
#include "agent/incident/recorder/ring.hpp"
#include "agent/os/mapping.hpp"
#include "agent/os/turns.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace outrider::incident {

// A copy of the memory, and what is in it.
struct Recall {
  std::string bytes;
  std::vector<Entry> lines;  // oldest first
  std::vector<Entry> facts;
};

class Recorder {
 public:
  Recorder(std::unique_ptr<os::Mapping> memory, core::Random& random);

  void line(core::WallTime wall, std::string_view stream, std::string_view document, bool unterminated);
  void fact(EntryKind kind, core::WallTime wall, std::string_view subject, std::string_view text);

  // Copies, and reads the copy: not on a river. Writers wait for no more than a small part of it.
  Recall recall() const;

  struct Counts {
    std::uint64_t lines = 0, facts = 0, cut = 0;
  };
  Counts counts() const;

 private:
  void rest_behind(const Ring& ring, std::size_t& rested);

  std::unique_ptr<os::Mapping> memory_;
  mutable os::Turns turns_;
  Ring facts_;
  Ring lines_;
  std::size_t facts_rested_ = 0;  // up to here a ring counts as our memory no more
  std::size_t lines_rested_ = 0;
};

inline constexpr std::uint64_t least_recorder_bytes = 64 * 1024;

}  // namespace outrider::incident
