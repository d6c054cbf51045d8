// Runs a program to its end and keeps what it said, within bounds: backup tools, checkers, everything that is
// asked and then done. Whatever ends the run (its own end, the deadline, cancellation, too much output) takes
// its whole process group along.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/task.hpp"
#include "agent/os/process.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace outrider::os {

struct ToolResult {
  Exit exit;
  std::string output;
  std::string errors;  // the last 16 KiB: the end says why

  // The last line that says something, of the errors or else of the output; may be empty.
  std::string last_words() const;
};

// Each line as it comes, without its newline; a longer one than 8 KiB comes in pieces. Must not block.
using LineListener = std::function<void(std::string_view line, bool from_errors)>;

// Any exit is a result; an Error is: cannot be started, `timed_out`, `exhausted` (more output than
// `most_output_bytes`). The program dies with the agent: nobody would hear its answer.
core::Task<core::Outcome<ToolResult>> run_tool(Processes& processes, core::Clock& clock, Command command,
                                               core::Duration limit, std::uint64_t most_output_bytes);

// For long steps. Of the output the last `kept_output_bytes` are in the result, however much there was.
core::Task<core::Outcome<ToolResult>> run_tool(Processes& processes, core::Clock& clock, Command command,
                                               core::Duration limit, std::uint64_t kept_output_bytes,
                                               LineListener on_line);

// "cannot list the backups: pgbackrest exited with code 37: ERROR: [037]: …"
core::Error tool_error(std::string_view doing, std::string_view tool, const ToolResult& result,
                       std::string hint = {});

}  // namespace outrider::os
