// What the text of a scalar looks like to YAML, and the small readers that the kinds share.
#pragma once

#include "agent/config/kinds.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::config {

// As YAML 1.2's core schema sees a plain scalar.
enum class Look { text, nothing, flag, whole, number };

Look looks_like(std::string_view text);
std::string_view name_of(Look look);  // "a number", "true or false" …

std::optional<std::int64_t> read_whole(std::string_view text);  // decimal, "_" not allowed
std::optional<double> read_number(std::string_view text);       // finite
std::optional<Budget> read_budget(std::string_view text);
std::size_t count_characters(std::string_view text);

// yes, on, "true" …: the word that was meant.
std::string hint_for_flag(const Node& node);

// "http://user:password@host/"
bool has_credentials(std::string_view url);

// What is wrong with it, or nothing. Reads as "must be …" or "must have …".
std::optional<std::string> trouble_with_url(std::string_view url, const std::vector<std::string>& schemes);
std::optional<std::string> trouble_with_endpoint(std::string_view endpoint);

}  // namespace outrider::config
