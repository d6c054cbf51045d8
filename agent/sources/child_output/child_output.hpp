// Reads what the child writes, standard output and standard error apart, as long as the child does. Never
// slows it: what it reads it hands on at once. One start of the child after the other; a start's last line
// is kept even when a crash cut it short.
#pragma once

#include "agent/sources/shelf.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::child_output {

inline constexpr std::string_view output_stream = "child output";
inline constexpr std::string_view errors_stream = "child errors";

enum class Which { all, output, errors };

std::vector<std::string> streams_of(Which which);

std::unique_ptr<LogSource> make(const Tools& tools, Which which);

}  // namespace outrider::sources::child_output
