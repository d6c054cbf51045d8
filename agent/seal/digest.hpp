// SHA-256, and bytes as text.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::seal {

std::string sha256(std::string_view bytes);                             // 64 hexadecimal digits
std::string sha256_bytes(std::string_view bytes);                       // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // 32 bytes, RFC 2104
bool is_sha256(std::string_view text);                                  // 64 hexadecimal digits, lower case

// Of the system's randomness, fit for secrets.
core::Outcome<std::string> random_bytes(std::size_t count);

// RFC 4648: with padding (base64), and with the letters of URLs and no padding (base64url).
enum class Letters { base64, base64url };
std::string encode(std::string_view bytes, Letters letters);
// Strict: nothing but what encode() would have written, so that each value has one spelling.
std::optional<std::string> decode(std::string_view text, Letters letters);

}  // namespace outrider::seal
