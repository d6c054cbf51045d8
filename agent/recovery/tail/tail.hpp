// What the primary had written behind the place that a restore reached: the commits that would be lost,
// counted one by one in its own pg_wal, when that can still be read.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/os/files.hpp"
#include "agent/wal/check/segment.hpp"
#include "agent/wal/lsn.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace outrider::recovery {

struct LostTail {
  std::uint64_t commits = 0;
  std::optional<wal::Commit> first;  // the earliest
  wal::Lsn end;                      // behind the last record that is whole
};

// Blocks. `folder` is pg_wal; `reached` is the end of the last record that was replayed. An error when WAL
// between that place and what is there was removed already: then nothing can be counted.
core::Outcome<LostTail> count_tail(os::Files& files, const std::string& folder, wal::Lsn reached);

}  // namespace outrider::recovery
