// A field of a document by the name that people give it.
#pragma once

#include <string_view>

namespace outrider::lines {

// Its value as written: a string with its quotes, 12.50, {…}. "a.b" is the key "a.b", else the key "b" in
// what the key "a" holds. Empty: there is none.
std::string_view find_field(std::string_view object, std::string_view name, int depth = 0);

// Whether a value as written says this: a string by its text, everything else letter by letter.
bool says(std::string_view value, std::string_view text);

}  // namespace outrider::lines
