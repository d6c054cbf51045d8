// What the names of a line's fields mean: by which names loggers call level, message, time and trace, and
// which names the document keeps for itself.
#pragma once

#include "agent/transforms/event.hpp"

#include <cstdint>
#include <string_view>

namespace outrider::transforms {

enum class Role : std::uint8_t {
  none,      // a field like any other
  level,     // rank: of several names the lowest counts
  message,   //
  time,      //
  trace,     // trace.id, where it is 32 hexadecimal digits
  span,      // span.id, where it is 16
  reserved,  // what the document says itself; a line's own is kept as "original.<name>"
  identity,  // what we say of the service, unless the line does; rank: its number
};

struct Meaning {
  Role role = Role::none;
  std::uint8_t rank = 0;
};

Meaning meaning_of(std::string_view key);

// Takes level, message, time, trace and span out of the event's own fields, where they are and can be used;
// what cannot be used stays a field. Without a message, the message is empty.
void settle_fields(Event& event);

// What `own[at]` says as text: a string without its quotes and escapes, anything else as it was written.
std::string_view text_of(const Member& member, std::string& buffer);

}  // namespace outrider::transforms
