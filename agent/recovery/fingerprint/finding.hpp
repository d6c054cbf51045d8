// What comparing content brought, in numbers: part of a drill's record.
#pragma once

#include <cstdint>
#include <string>

namespace outrider::recovery {

struct ContentFinding {
  // Ranges of blocks.
  std::uint64_t same = 0;
  std::uint64_t differing = 0;
  std::uint64_t busy = 0;    // were written to: they prove nothing
  std::uint64_t young = 0;   // were first seen as they are behind the place that the copy came to
  std::uint64_t unread = 0;  // could not be read, there or here, or it is not known what they were
  std::uint64_t same_bytes = 0;
  std::uint64_t table_bytes = 0;        // of all tables that a backup holds
  std::uint64_t unreadable_tables = 0;  // of the source, by this role
  std::uint64_t drills_for_all = 0;     // at so much a drill; 0: not known
};

// "3 ranges of tables, 1.2 GiB of 12 GiB (10 %), are as on the source; 2 were being written to".
std::string show(const ContentFinding& finding);

}  // namespace outrider::recovery
