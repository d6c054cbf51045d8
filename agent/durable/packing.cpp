#include "agent/durable/packing.hpp"

namespace outrider::durable {
namespace {

constexpr std::size_t number_key_bytes = 8;

}  // namespace

void pack(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

void pack(std::string& out, std::string_view text) {
  pack(out, std::uint64_t{text.size()});
  out += text;
}

std::uint64_t Unpacker::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; good_ && shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80u) == 0) return value;
  }
  good_ = false;
  return 0;
}

std::string_view Unpacker::text() {
  const std::uint64_t length = number();
  if (!good_ || length > rest_.size()) {
    good_ = false;
    return {};
  }
  const std::string_view found = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return found;
}

std::string key_of(std::uint64_t number) {
  std::string key(number_key_bytes, '\0');
  for (std::size_t i = number_key_bytes; i-- > 0; number >>= 8) key[i] = static_cast<char>(number);
  return key;
}

std::optional<std::uint64_t> number_of(std::string_view key) {
  if (key.size() != number_key_bytes) return std::nullopt;
  std::uint64_t number = 0;
  for (const char byte : key) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace outrider::durable
