// Text that others wrote: is it UTF-8, and if not, the nearest that is.
#pragma once

#include <string>
#include <string_view>

namespace outrider::telemetry {

// Overlong forms, surrogates and what lies beyond U+10FFFF are not UTF-8.
bool valid_utf8(std::string_view text);

// Appends `text`, each byte that is not part of a character replaced by U+FFFD.
void append_repaired(std::string& out, std::string_view text);

// Appends the UTF-16 in `bytes` as UTF-8. Halves of surrogate pairs and a byte left over become U+FFFD; false
// when there were any.
bool append_utf16(std::string& out, std::string_view bytes, bool big_endian);

// The longest beginning of `text` of at most `bytes` that does not cut a character in two.
std::size_t whole_characters(std::string_view text, std::size_t bytes);

}  // namespace outrider::telemetry
