// Whose log file it is.
#pragma once

#include <string_view>

namespace outrider::lines {

// The container in whose log file's path it is written: 64 hexadecimal digits. Empty: none.
std::string_view container_in(std::string_view path);

}  // namespace outrider::lines
