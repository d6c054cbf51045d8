#include "agent/probes/trouble.hpp"

#include <algorithm>

namespace outrider::probes {
namespace {

using core::Errc;

// The bytes of the UTF-8 character that starts at `at`; 0 when there is none.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(at);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t more = 1; more < length; ++more) {
    if ((byte(at + more) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = length > 1 ? byte(at + 1) : 0;
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool outside = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

std::string printable(std::string_view line, std::size_t limit_bytes) {
  std::string shown;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = character_length(line, at);
    const auto lead = static_cast<unsigned char>(line[at]);
    const bool control = lead < 0x20 || lead == 0x7F;
    const std::string_view one = length == 0 ? "?" : control ? " " : line.substr(at, length);
    if (shown.size() + one.size() > limit_bytes) break;
    shown += one;
    at += std::max<std::size_t>(length, 1);
  }
  while (!shown.empty() && shown.back() == ' ') shown.pop_back();
  return shown;
}

}  // namespace

core::Standing standing_of(const core::Error& error) {
  switch (error.code) {
    case Errc::timed_out:    // it had its time
    case Errc::refused:      // nobody listens, or the answer was no
    case Errc::unavailable:  // it went away in the middle
    case Errc::corrupt:      // it spoke, and it was not what it should speak
    case Errc::distrusted:   // its certificate has ended, is another's, or nobody's
      return core::Standing::not_ok;
    case Errc::internal:
    case Errc::invalid:
    case Errc::not_found:  // a name that does not resolve, a program that is not there
    case Errc::denied:
    case Errc::busy:
    case Errc::exhausted:
    case Errc::unsupported: return core::Standing::unknown;
  }
  return core::Standing::unknown;
}

core::Answer answer_from(const core::Error& error, core::Duration took) {
  return {standing_of(error), error.what, took};
}

std::string first_line(std::string_view said, std::size_t limit_bytes) {
  while (!said.empty()) {
    const std::string_view line = said.substr(0, said.find('\n'));
    std::string shown = printable(line, limit_bytes);
    if (shown.find_first_not_of(' ') != std::string::npos) return shown;
    said.remove_prefix(std::min(said.size(), line.size() + 1));
  }
  return {};
}

}  // namespace outrider::probes
