// Text becomes HTML here and nowhere else: what is not written in this program is always escaped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outrider::ui {

// Safe as element text and inside double-quoted attributes, of HTML and of SVG. Control characters and those
// that turn the writing direction become U+FFFD, longer text than `most` bytes ends in "…".
std::string escape(std::string_view text, std::size_t most = 300);

}  // namespace outrider::ui
