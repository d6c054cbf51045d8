#include "agent/seal/key.hpp"

#include "agent/seal/digest.hpp"

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace outrider::seal {
namespace {

using core::Errc;
using core::Outcome;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t pem_line = 64;

// RFC 8410: with these before it, 32 bytes are a SubjectPublicKeyInfo, or a PKCS #8 private key. Written out,
// so that no reader of arbitrary ASN.1 is needed for keys from outside.
constexpr std::string_view public_head("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view private_head("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
                                        16);

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string write_pem(std::string_view label, std::string_view der) {
  const std::string text = encode(der, Letters::base64);
  std::string pem = fmt::format("-----BEGIN {}-----\n", label);
  for (std::size_t at = 0; at < text.size(); at += pem_line) pem += text.substr(at, pem_line) + "\n";
  return pem + fmt::format("-----END {}-----\n", label);
}

// What stands between the lines of that label.
std::optional<std::string> read_pem(std::string_view text, std::string_view label) {
  const std::string begin = fmt::format("-----BEGIN {}-----", label),
                    end = fmt::format("-----END {}-----", label);
  const auto from = text.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  const auto to = text.find(end, from);
  if (to == std::string_view::npos) return std::nullopt;
  std::string letters;
  for (const char sign : text.substr(from + begin.size(), to - from - begin.size())) {
    if (sign != '\n' && sign != '\r' && sign != ' ') letters += sign;
  }
  return decode(letters, Letters::base64);
}

core::Error not_a_key(std::string what) {
  return {Errc::invalid, "cannot read the public key: " + std::move(what), "outrider evidence key prints it"};
}

Key private_key(std::string_view seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()));
  if (!key) throw std::runtime_error("OpenSSL does not give Ed25519");
  return key;
}

}  // namespace

Outcome<PublicKey> PublicKey::from_bytes(std::string_view bytes) {
  if (bytes.size() != key_bytes) return core::fail(not_a_key("an Ed25519 key has 32 bytes"));
  return PublicKey(std::string(bytes));
}

std::string PublicKey::thumbprint() const {
  const std::string members =
      fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", encode(bytes_, Letters::base64url));
  return encode(sha256_bytes(members), Letters::base64url);
}

std::string PublicKey::pem() const { return write_pem("PUBLIC KEY", std::string(public_head) + bytes_); }

boost::json::object PublicKey::jwk() const {
  return {{"kty", "OKP"},        {"crv", "Ed25519"}, {"x", encode(bytes_, Letters::base64url)},
          {"kid", thumbprint()}, {"alg", "EdDSA"},   {"use", "sig"}};
}

bool PublicKey::fits(std::string_view signature, std::string_view message) const {
  if (signature.size() != signature_bytes) return false;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes_), bytes_.size()));
  const Context context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

Outcome<PublicKey> read_jwk(const boost::json::object& object) {
  const auto member = [&](std::string_view name) -> std::string {
    const auto* value = object.if_contains(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(*text);
  };
  if (object.contains("d")) return core::fail(not_a_key("this JWK holds the private half: keep it secret"));
  if (member("kty") != "OKP" || member("crv") != "Ed25519")
    return core::fail(not_a_key("this JWK is no Ed25519 key"));
  const auto bytes = decode(member("x"), Letters::base64url);
  if (!bytes) return core::fail(not_a_key("the JWK's `x` is not base64url"));
  return PublicKey::from_bytes(*bytes);
}

Outcome<PublicKey> read_public_key(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    return core::fail(not_a_key("this is a private key: keep it secret, and give the public one"));
  if (const auto der = read_pem(text, "PUBLIC KEY")) {
    if (!der->starts_with(public_head)) return core::fail(not_a_key("it is no Ed25519 key"));
    return PublicKey::from_bytes(std::string_view(*der).substr(public_head.size()));
  }
  boost::json::error_code problem;
  const auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), problem);
  if (!problem && value.is_object()) return read_jwk(value.as_object());
  return core::fail(not_a_key("it is neither a PEM file nor a JWK"));
}

bool is_thumbprint(std::string_view text) {
  const auto bytes = decode(text, Letters::base64url);
  return bytes && bytes->size() == 32;
}

Outcome<SigningKey> SigningKey::make() {
  std::array<unsigned char, key_bytes> seed{};
  if (RAND_priv_bytes(seed.data(), static_cast<int>(seed.size())) != 1)
    return core::fail(Errc::unavailable, "cannot make a key: the system gives no randomness");
  SigningKey key{std::string_view(reinterpret_cast<const char*>(seed.data()), seed.size())};
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

Outcome<SigningKey> SigningKey::from_seed(std::string_view seed) {
  if (seed.size() != key_bytes) return core::fail(Errc::invalid, "a seed of Ed25519 has 32 bytes");
  return SigningKey(seed);
}

Outcome<SigningKey> SigningKey::from_pem(std::string_view text) {
  auto der = read_pem(text, "PRIVATE KEY");
  if (!der || !der->starts_with(private_head) || der->size() != private_head.size() + key_bytes)
    return core::fail(Errc::corrupt, "it is no Ed25519 private key in PEM");
  SigningKey key(std::string_view(*der).substr(private_head.size()));
  OPENSSL_cleanse(der->data(), der->size());
  return key;
}

SigningKey::~SigningKey() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

std::string SigningKey::sign(std::string_view message) const {
  const Key key = private_key(seed_);
  const Context context(EVP_MD_CTX_new());
  std::string signature(signature_bytes, '\0');
  std::size_t size = signature.size();
  const bool signed_it = context &&
                         EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                         EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                        &size, bytes_of(message), message.size()) == 1;
  if (!signed_it || size != signature_bytes) throw std::runtime_error("OpenSSL does not sign with Ed25519");
  return signature;
}

PublicKey SigningKey::public_key() const {
  std::array<unsigned char, key_bytes> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(private_key(seed_).get(), bytes.data(), &size) != 1)
    throw std::runtime_error("OpenSSL does not give the public half of a key");
  return *PublicKey::from_bytes({reinterpret_cast<const char*>(bytes.data()), size});
}

std::string SigningKey::pem() const { return write_pem("PRIVATE KEY", std::string(private_head) + seed_); }

}  // namespace outrider::seal
