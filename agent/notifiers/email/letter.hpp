// A message as a mail (RFC 5322): headers that hold whatever was said, and a body of quoted-printable text.
// Pure.
#pragma once

#include "agent/notifiers/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace outrider::notifiers::email {

struct Envelope {
  std::string from;  // "outrider@school.example", without a name
  std::vector<std::string> to;
};

// With CRLF at each line's end; not yet dot-stuffed.
std::string mail_of(const Message& message, const Envelope& envelope);

// A header's text in ASCII (RFC 2047), without a line's end in it whatever was said.
std::string header_text(std::string_view text);
// Quoted-printable (RFC 2045), lines of at most 76 characters.
std::string quoted_printable(std::string_view text);
// A line that begins with a dot gets another one (RFC 5321 §4.5.2); it ends with CRLF.
std::string dot_stuffed(std::string_view mail);
// "Sat, 21 Nov 2026 11:26:03 +0000"
std::string mail_date(core::WallTime time);

// One mailbox without a name, so that nothing can hide in it.
bool is_address(std::string_view text);

}  // namespace outrider::notifiers::email
