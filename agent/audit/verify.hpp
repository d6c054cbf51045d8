// Reads a whole audit trail and says whether it is what was written: `outrider audit verify`.
// Finds lines that were changed, removed, inserted, moved or cut off the end. Blocks; changes nothing.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace outrider::audit {

struct Fault {
  std::string file;        // its name within the directory
  std::uint64_t line = 0;  // from 1; 0: the file as a whole
  std::string sentence;    // "entry 7 was changed: its hash does not fit its text"
};

struct Report {
  std::uint64_t files = 0;
  std::uint64_t entries = 0;
  std::uint64_t first = 0;  // sequence of the first and last entry; 0: none
  std::uint64_t last = 0;
  std::string last_hash;
  std::vector<Fault> faults;
  std::vector<std::string> remarks;  // worth knowing, but no fault: intents without a result, a torn line

  bool intact() const { return faults.empty(); }
  // "the chain is intact: 120 entries in 2 files" or "the chain is broken in 2 places; first: …"
  std::string sentence() const;
};

// Errors only when it cannot be read at all; no trail yet is an intact one of 0 entries.
core::Outcome<Report> verify(os::Files& files, const std::string& directory);

}  // namespace outrider::audit
