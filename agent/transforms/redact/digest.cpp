#include "agent/transforms/redact/digest.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace outrider::transforms::redact {

std::string digest(std::string_view salt, std::string_view secret) {
  static constexpr char hex[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()),
       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), bytes.data(), &size);
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    text += hex[bytes[i] >> 4];
    text += hex[bytes[i] & 15];
  }
  return text;
}

}  // namespace outrider::transforms::redact
