// Small helps for the collectors.
#pragma once

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/os/reading/virtual_file.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <string>
#include <string_view>

namespace outrider::sources::host {

using Place = telemetry::FamilyWriter::Place;

inline Place counter(telemetry::FamilyWriter& out, std::string_view name, std::string_view help) {
  return out.family(name, telemetry::MetricType::counter, help);
}
inline Place gauge(telemetry::FamilyWriter& out, std::string_view name, std::string_view help) {
  return out.family(name, telemetry::MetricType::gauge, help);
}
inline Place untyped(telemetry::FamilyWriter& out, std::string_view name, std::string_view help) {
  return out.family(name, telemetry::MetricType::unknown, help);
}

// The next word as a number; 0 when it is none.
inline double take_number(std::string_view& rest) {
  return core::read_number<double>(os::take_word(rest)).value_or(0);
}

// What a file of one line says, without its newline; empty when it cannot be read.
inline std::string line_of(const std::string& path) {
  const core::Outcome<std::string> text = os::read_virtual(path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

inline core::Outcome<double> number_in(const std::string& path) {
  const core::Outcome<std::string> text = os::read_virtual(path);
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  const std::string_view line = core::take_line(rest);
  const auto number = core::read_number<double>(line);
  if (!number) return core::fail(core::Errc::corrupt, "cannot read " + path + ": not a number");
  return *number;
}

}  // namespace outrider::sources::host
