// The text before it is YAML: is it text at all, and what can be said of its bytes.
#pragma once

#include "agent/config/node.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace outrider::config {

class Report;

// Bytes of the character at the front: 1 to 4, or 0 when it is not UTF-8. `text` is not empty.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

// A byte order mark goes, and every line ends in \n alone.
void tidy_line_ends(std::string& text);

// Binary files, UTF-16, bytes that are not UTF-8 and control characters, told where they are.
bool check_source(Report& report);

// Byte offsets to places. Quick as long as the offsets on one line mostly grow.
class Ruler {
 public:
  explicit Ruler(std::string_view text) : text_(text) {}
  // `line` from 0; `column` and `offset` in bytes from 0.
  Place place(std::size_t line, std::size_t column, std::size_t offset);

 private:
  std::string_view text_;
  std::size_t line_start_ = 0;
  std::size_t counted_bytes_ = 0;
  std::size_t counted_characters_ = 0;
};

}  // namespace outrider::config
