// Writing JSON text piece by piece. Text that is not valid UTF-8 is repaired with U+FFFD, so that a reader
// never refuses the line.
#pragma once

#include <string>
#include <string_view>

namespace outrider::os {

// Adds `text` in quotes, escaped. Longer than `most_bytes` it is cut, and says by how much.
void append_json_string(std::string& to, std::string_view text, std::size_t most_bytes = 8192);

// The length of the valid UTF-8 character at the front of `text`; 0 when there is none.
std::size_t character_length(std::string_view text);

}  // namespace outrider::os
