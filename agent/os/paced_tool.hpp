// run_tool() under a ceiling: what it and all it starts write is held to so many bytes a second, whatever the
// tool is, by stopping and continuing its process group. For tools that know no ceiling of their own.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/os/tool.hpp"

namespace outrider::os {

// An Error, besides those of run_tool: `denied`, when what it writes may not be counted. 0 bytes: no ceiling.
core::Task<core::Outcome<ToolResult>> run_paced_tool(Processes& processes, core::Clock& clock,
                                                     async::Pool& pool, Command command, core::Duration limit,
                                                     std::uint64_t kept_output_bytes,
                                                     std::uint64_t most_bytes_per_second);

}  // namespace outrider::os
