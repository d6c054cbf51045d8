// A syslog message taken apart: RFC 5424, and what RFC 3164 found in the wild. Pure.
#pragma once

#include "agent/core/clock.hpp"

#include <optional>
#include <string_view>

namespace outrider::transforms::syslog {

// Views into the line; empty where nothing is said.
struct Message {
  unsigned priority = 0;  // 8 times the facility, and the severity
  bool is_5424 = false;
  std::optional<core::WallTime> time;
  std::string_view host;
  std::string_view app;
  std::string_view process;     // as a rule its number
  std::string_view id;          // of the kind of message
  std::string_view structured;  // [a b="c"][d]: whole elements, known to be well-formed
  std::string_view text;

  unsigned facility() const { return priority / 8; }
  unsigned severity() const { return priority % 8; }
};

// What is wrong with the line; empty: nothing. `received`: RFC 3164 names neither year nor zone, so the ones
// are taken that bring its time nearest to that.
std::string_view read(std::string_view line, core::WallTime received, Message& message);

// One element after the other, and its pairs; both false at the end. For `structured` of a message.
bool next_element(std::string_view& structured, std::string_view& id, std::string_view& pairs);
bool next_pair(std::string_view& pairs, std::string_view& name,
               std::string_view& value);  // escapes as written

}  // namespace outrider::transforms::syslog
