// Completion scripts, made from the command table: what the parser knows, the shell knows.
#pragma once

#include <string>
#include <string_view>

namespace outrider::cli {

// `shell` is "bash", "zsh" or "fish".
std::string completion(std::string_view shell);

}  // namespace outrider::cli
