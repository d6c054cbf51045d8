#include "agent/seal/digest.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace outrider::seal {
namespace {

constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view alphabet(Letters letters) { return letters == Letters::base64 ? plain : for_urls; }

}  // namespace

std::string sha256_bytes(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL does not give SHA-256");
  return {digest.begin(), digest.begin() + size};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* const text = reinterpret_cast<const unsigned char*>(bytes.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text, bytes.size(), digest.data(),
           &size) == nullptr) {
    throw std::runtime_error("OpenSSL does not give HMAC");
  }
  return {digest.begin(), digest.begin() + size};
}

std::string sha256(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : sha256_bytes(bytes)) {
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value >> 4U];
    text += digits[value & 0xFU];
  }
  return text;
}

core::Outcome<std::string> random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    return core::fail(core::Errc::unavailable, "cannot make a secret: the system gives no randomness");
  return bytes;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string encode(std::string_view bytes, Letters letters) {
  const std::string_view signs = alphabet(letters);
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char byte : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += signs[(held >> static_cast<unsigned>(bits - 6)) & 0x3FU];
  }
  if (bits > 0) text += signs[(held << static_cast<unsigned>(6 - bits)) & 0x3FU];
  while (letters == Letters::base64 && text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> decode(std::string_view text, Letters letters) {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  const std::string_view signs = alphabet(letters);
  for (std::size_t i = 0; i < signs.size(); ++i)
    values.at(static_cast<unsigned char>(signs[i])) = static_cast<std::int8_t>(i);
  std::string_view rest = text;
  for (int i = 0; i < 2 && letters == Letters::base64 && rest.ends_with('='); ++i) rest.remove_suffix(1);
  std::string bytes;
  bytes.reserve(rest.size() * 3 / 4 + 1);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char sign : rest) {
    const std::int8_t value = values.at(static_cast<unsigned char>(sign));
    if (value < 0) return std::nullopt;
    held = (held << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((held >> static_cast<unsigned>(bits)) & 0xFFU);
    }
  }
  if (encode(bytes, letters) != text) return std::nullopt;
  return bytes;
}

}  // namespace outrider::seal
