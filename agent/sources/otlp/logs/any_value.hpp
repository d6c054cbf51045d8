// Values of OTLP (AnyValue) as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace outrider::sources::otlp {

class ValueWriter {
 public:
  static constexpr std::size_t longest_text = 32 * 1024;

  // A text with its quotes.
  void append_text(std::string& out, std::string_view text);
  // Throws what protozero throws. A value that says nothing is null.
  void append(std::string& out, std::string_view any) { append(out, any, 0); }

  // What is valid of it, at most so long.
  std::string_view clean(std::string_view text, std::size_t most);

  bool repaired = false;  // something was no UTF-8
  bool cut = false;       // something was longer, or deeper, than may be

 private:
  void append(std::string& out, std::string_view any, unsigned depth);
  void append_list(std::string& out, std::string_view list, unsigned depth);
  void append_map(std::string& out, std::string_view map, unsigned depth);

  std::string buffer_;
};

// Where a value is a text; null: it is none.
bool is_text(std::string_view any, std::string_view& text);

}  // namespace outrider::sources::otlp
