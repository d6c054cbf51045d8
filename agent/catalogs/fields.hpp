// What a tool printed as JSON, read by what it holds: a member that is missing, null or of another type is
// not there.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace outrider::catalogs {

// Bytes that are not UTF-8 are accepted: tools quote damaged files. Nesting and length are bounded.
core::Outcome<boost::json::value> read_json(std::string_view text, std::string_view whose);

// Null when it is not there.
const boost::json::value* member(const boost::json::value& of, std::string_view key);
const boost::json::value* member(const boost::json::value& of, std::string_view key,
                                 std::string_view key_in_it);

// The items of a list; none of anything else.
std::vector<const boost::json::value*> items(const boost::json::value* list);

std::string text_of(const boost::json::value* value);                    // empty: not there
std::optional<std::uint64_t> whole_of(const boost::json::value* value);  // also when written as text
std::optional<bool> yes_of(const boost::json::value* value);
core::WallTime time_of_seconds(const boost::json::value* value);  // the epoch: not there

// "2026-11-21 15:25:09.242556+00:00", with a blank or a T between, with Z or an offset. Without one it is
// nobody's.
std::optional<core::WallTime> time_with_offset(std::string text);

// The first line, clean and no longer than 300 bytes: for a sentence.
std::string first_line(std::string_view text);

// Does the name follow the pattern, in which 'x' is an upper-case hexadecimal digit and 'h' a lower-case one?
bool looks_like(std::string_view name, std::string_view pattern);

}  // namespace outrider::catalogs
