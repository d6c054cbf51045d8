// Where the line runs between "it is not well" and "we could not ask": drawn once, for every probe.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/core/verdict.hpp"

#include <string>
#include <string_view>

namespace outrider::probes {

// not_ok when the error is a fact about the target (refused, silent, gone); unknown when it is about us.
core::Standing standing_of(const core::Error& error);

// The answer that an error of ours or of the target makes.
core::Answer answer_from(const core::Error& error, core::Duration took);

// What a program or a server said, fit for a log line: its first line with something in it, printable UTF-8
// (what is not becomes '?'), at most `limit_bytes` long.
std::string first_line(std::string_view said, std::size_t limit_bytes = 200);

}  // namespace outrider::probes
