#include "agent/telemetry/number.hpp"

#include "agent/telemetry/exposition.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace outrider::telemetry {
namespace {

bool append_special(std::string& out, double value) {
  if (std::isfinite(value)) return false;
  out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return true;
}

}  // namespace

void append_number(std::string& out, double value) {
  if (append_special(out, value)) return;
  char text[32];
  const bool whole =
      std::fabs(value) < 1e15 && value == std::trunc(value) && !(value == 0 && std::signbit(value));
  const char* const end = whole
                              ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr
                              : std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void append_canonical(std::string& out, double value) {
  if (append_special(out, value)) return;
  char text[64];
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e6);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  const char* const end = std::to_chars(text, text + sizeof text, value, format).ptr;
  const std::string_view written(text, static_cast<std::size_t>(end - text));
  out += written;
  if (fixed && written.find('.') == std::string_view::npos) out += ".0";
}

std::optional<double> read_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  if (text.empty() || text.back() == ')') return std::nullopt;  // from_chars knows nan(…)
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (problem == std::errc::result_out_of_range) {
    // Too large or too small for a double: what others read is infinity or zero.
    const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    const double size = tiny ? 0.0 : HUGE_VAL;
    return text.front() == '-' ? -size : size;
  }
  if (problem != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace outrider::telemetry
