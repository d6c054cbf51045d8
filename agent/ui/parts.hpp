// The small things that the page's sections share: a mark for each state, times, and a document that knows
// how much room is left.
#pragma once

#include "agent/core/concerns.hpp"
#include "agent/core/status.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outrider::ui {

// How a state looks: the class that colours it, the shape beside it, and its word.
struct Mark {
  std::string_view css;
  std::string_view shape;  // id of a <symbol>
  std::string_view word;
};

Mark mark_of(core::State state);
Mark mark_of(core::Standing standing);
Mark mark_of(core::Severity severity);
Mark mark_of(core::EventKind kind);

// The shapes, once a document.
std::string_view symbols();

std::string shape(const Mark& mark);                            // decorative: the word stands beside it
std::string labelled(const Mark& mark);                         // shape and word
std::string time_tag(core::WallTime time, core::WallTime now);  // "12:00:03", with the day when it is another
std::string age_tag(core::WallTime time, core::WallTime now);   // "3 h 12 min ago"; "never"
std::string number(std::uint64_t value);                        // 120 394, in groups

class Document {
 public:
  void put(std::string_view html) { html_ += html; }
  template <class... Parts>
  void put(std::string_view first, const Parts&... rest) {
    put(first);
    put(std::string_view(rest)...);
  }
  // Rows are dropped, and counted, before the whole grows beyond this.
  bool has_room(std::size_t up_to_bytes) const { return html_.size() < up_to_bytes; }
  std::string take() { return std::move(html_); }

 private:
  std::string html_;
};

}  // namespace outrider::ui
