// What an agent leaves in a folder about the process it started, for the agent after it: who it is, and the
// named pipes that it writes to. The process itself holds both ends of them: without a reader it is neither
// killed nor told of an error, it waits once they are full, and what is in them is not lost.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/os/descriptor.hpp"
#include "agent/os/keeping/kept_stream.hpp"
#include "agent/os/process.hpp"
#include "agent/os/starting/pipe_source.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace outrider::os {

// Among the variables of the process, and of all that it starts.
inline constexpr std::string_view mark_variable = "OUTRIDER_START";

struct Kept {
  std::string boot;  // of the machine
  std::string mark;  // the value of mark_variable; another one each start
  pid_t agent = 0;
  pid_t pid = 0;
  core::Duration started_after_boot{};  // tells a pid from its reuse
};

// Made before the process is, which writes the rest by itself.
struct Keeping {
  Descriptor record;  // to which it appends its own /proc/self/stat before it executes
  std::string mark;
  Pipe output;
  Pipe errors;
};

core::Outcome<Keeping> prepare_keeping(const std::string& folder, const std::string& root);

// `not_found` when nothing was kept there, or nothing was executed.
core::Outcome<Kept> read_kept(const std::string& folder);

// A pidfd of exactly that process; `not_found` when it is no more.
core::Outcome<Descriptor> open_kept(const Kept& kept, const std::string& root);

// What it writes, from what is kept of it on. Null where its pipe is gone.
Written open_kept_output(const std::string& folder, const std::string& mark);

// The same of processes that write no more, but for the one with this mark.
std::vector<Written> open_unread(const std::string& folder, const std::string& but_of);

// The two ends that are read, as sources. Where nothing can be kept in memory they are plain pipes.
Written read_and_keep(const std::string& folder, const std::string& mark, Descriptor output,
                      Descriptor errors);

// Kills the processes among `candidates` that carry the mark; "process 4711 (tests-api)" of each.
std::vector<std::string> kill_marked(const std::string& mark, const std::vector<pid_t>& candidates);

}  // namespace outrider::os
