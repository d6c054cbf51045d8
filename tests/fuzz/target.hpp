// What every fuzz target is: a function that reads hostile bytes and checks what must hold whatever they are.
// tests/fuzz/<name>.cpp defines outrider::fuzz::<name>, tests/fuzz/corpus/<name>/ holds what it starts from.
#pragma once

#include <string_view>

namespace outrider::fuzz {

// Ends the process when a promise is broken: libFuzzer keeps the input, the replay's death names it.
void must(bool holds, std::string_view promise);

// Cuts the first `count` bytes off; fewer when there are no more.
std::string_view take(std::string_view& bytes, std::size_t count);
// The first byte as a number below `bound`; 0 of nothing.
unsigned take_choice(std::string_view& bytes, unsigned bound);
// Everything up to the first NUL, which goes too; all of it when there is none.
std::string_view take_text(std::string_view& bytes);

}  // namespace outrider::fuzz
