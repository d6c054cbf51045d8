// Durations, sizes and times as people write and read them.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::core {

// "250ms", "5s", "1h30m", "2d". Units: ns us ms s m h d. A bare number is refused, but for "0".
std::optional<Duration> read_duration(std::string_view text);

// The shortest exact form for round values ("1h30m"), else three significant digits ("1.53s").
std::string show_duration(Duration length);

// How long ago, for people: "8 s", "3 min 20 s", "2 h 5 min", "3 days 4 h". Never negative.
std::string show_age(Duration age);

// "512", "64KiB", "10 MiB", "1GB". Decimal and binary units.
std::optional<std::uint64_t> read_bytes(std::string_view text);
std::string show_bytes(std::uint64_t bytes);

// RFC 3339 in UTC with milliseconds: 2026-11-21T11:26:03.512Z.
std::string show_time(WallTime time);
// The clock part only, 11:26:03.512.
std::string show_clock(WallTime time);
// The way back of show_time: UTC ("Z") only, with or without a fraction.
std::optional<WallTime> read_time(std::string_view text);

// The same text with what is not UTF-8 replaced by U+FFFD, so that it can be shown and sent.
std::string clean_utf8(std::string_view text);

// What somebody else wrote, on one line: each control character is a blank.
std::string without_controls(std::string text);

// The candidate nearest to what was typed, when near enough to be meant; else empty.
std::string_view nearest(std::string_view typed, const std::string_view* begin, const std::string_view* end);

}  // namespace outrider::core
