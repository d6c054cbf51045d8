// What a process has used since it began, and what it holds now. Dearer to ask than ProcessFacts: several
// files.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace outrider::os {

// What only its owner may see is absent for a process of somebody else.
struct ProcessUse {
  core::Duration started_after_boot{};  // tells a pid from its reuse
  char state = '?';                     // R S D Z T …
  core::Duration user_time{};
  core::Duration system_time{};
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t threads = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t swapped_bytes = 0;
  std::uint64_t voluntary_switches = 0;        // of its first thread
  std::uint64_t involuntary_switches = 0;      // of its first thread
  std::optional<std::uint64_t> read_bytes;     // from disks
  std::optional<std::uint64_t> written_bytes;  // to disks
  std::optional<std::uint64_t> descriptors;
  std::optional<std::uint64_t> most_descriptors;
};

// `root` is where proc/ is found.
core::Outcome<ProcessUse> use_of(pid_t pid, const std::string& root = "/");

}  // namespace outrider::os
