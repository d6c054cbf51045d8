// What a sender says, as the value of a label.
#pragma once

#include "agent/telemetry/utf8.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace outrider::tracing {

// A sender that puts a whole document there must not fill the page with it.
inline void put_label(std::string& label, std::string_view text) {
  constexpr std::size_t most_bytes = 200;
  label.clear();
  telemetry::append_repaired(label, text.substr(0, most_bytes));
}

inline std::string label_text(std::string_view text) {
  std::string label;
  put_label(label, text);
  return label;
}

}  // namespace outrider::tracing
