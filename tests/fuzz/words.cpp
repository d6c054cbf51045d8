// Durations, sizes, times and numbers: in configurations, log lines and metrics.
#include "agent/core/text.hpp"
#include "agent/lines/time.hpp"
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/number.hpp"
#include "agent/telemetry/utf8.hpp"
#include "tests/fuzz/target.hpp"

#include <cmath>

namespace outrider::fuzz {
namespace {

void check_number(std::string_view bytes) {
  const auto number = telemetry::read_number(bytes);
  if (!number) return;
  std::string text;
  telemetry::append_number(text, *number);
  const auto again = telemetry::read_number(text);
  must(again && (*again == *number || (std::isnan(*again) && std::isnan(*number))),
       "a number's text reads back as the same number");
}

void check_times(std::string_view bytes) {
  if (const auto time = lines::read_time(bytes)) {
    std::string text;
    lines::append_time(text, *time);
    const auto again = lines::read_time(text);
    must(again && *again == *time, "a time's text reads back as the same time");
  }
  if (const auto time = core::read_time(bytes)) {
    const auto again = core::read_time(core::show_time(*time));
    must(again && std::chrono::abs(*again - *time) < std::chrono::milliseconds(1), "a shown time reads back");
  }
}

}  // namespace

void words(std::string_view bytes) {
  if (const auto length = core::read_duration(bytes)) {
    must(*length >= core::Duration::zero(), "no duration is negative");
    must(!core::show_duration(*length).empty() && !core::show_age(*length).empty(),
         "a duration can be shown");
  }
  if (const auto size = core::read_bytes(bytes))
    must(!core::show_bytes(*size).empty(), "a size can be shown");
  check_number(bytes);
  check_times(bytes);
  must(telemetry::valid_utf8(core::clean_utf8(bytes)), "what was cleaned is UTF-8");
  if (telemetry::valid_utf8(bytes)) must(core::clean_utf8(bytes) == bytes, "what is UTF-8 stays as it is");
}

}  // namespace outrider::fuzz
