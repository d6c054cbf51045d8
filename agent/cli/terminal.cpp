#include "agent/cli/terminal.hpp"

#include "agent/core/text.hpp"
#include "agent/os/facts.hpp"

#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include <fmt/core.h>

namespace outrider::cli {
namespace {

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::good: return "32";
    case Paint::bad: return "31;1";
    case Paint::doubtful: return "33";
    case Paint::faint: return "2";
    case Paint::strong: return "1";
    case Paint::plain: break;
  }
  return {};
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets one
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : core::clean_utf8(text)) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F) {
      shown += c;
    } else if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += ' ';
    } else {
      shown += fmt::format("\\x{:02x}", code);
    }
  }
  // The C1 controls, U+0080 to U+009F: some terminals obey them too.
  for (std::size_t at = shown.find('\xC2'); at != std::string::npos; at = shown.find('\xC2', at + 1)) {
    const auto second = static_cast<unsigned char>(shown[at + 1]);
    if (second < 0xA0) shown.replace(at, 2, fmt::format("\\x{:02x}", second));
  }
  return shown;
}

std::string Terminal::paint(Paint paint, std::string_view text) const {
  const std::string_view code = code_of(paint);
  if (!colour_ || code.empty()) return printable(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, printable(text));
}

Terminal standard_terminal() {
  const bool colour = os::is_terminal(STDOUT_FILENO) && !environment_variable("NO_COLOR") &&
                      environment_variable("TERM") != "dumb";
  return {std::cout, std::cerr, environment_variable, colour};
}

}  // namespace outrider::cli
