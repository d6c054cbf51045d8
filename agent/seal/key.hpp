// The agent's Ed25519 key: one half signs and stays in the state directory, the other half is for everybody.
#pragma once

#include "agent/core/outcome.hpp"

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::seal {

class PublicKey {
 public:
  static core::Outcome<PublicKey> from_bytes(std::string_view bytes);  // 32

  // The key's name: its JWK thumbprint (RFC 7638), 43 letters.
  std::string thumbprint() const;
  std::string pem() const;          // as `openssl pkey -pubin` reads it
  boost::json::object jwk() const;  // {"kty":"OKP","crv":"Ed25519","x":…}
  bool fits(std::string_view signature, std::string_view message) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  explicit PublicKey(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};

// A PEM file ("BEGIN PUBLIC KEY") or a JWK. Anything else, a private key above all, is an error that says
// what it is.
core::Outcome<PublicKey> read_public_key(std::string_view text);
core::Outcome<PublicKey> read_jwk(const boost::json::object& object);
bool is_thumbprint(std::string_view text);

class SigningKey {
 public:
  static core::Outcome<SigningKey> make();  // a new one, of the system's randomness
  static core::Outcome<SigningKey> from_seed(std::string_view seed);
  static core::Outcome<SigningKey> from_pem(std::string_view text);  // PKCS #8

  SigningKey(const SigningKey&) = default;
  SigningKey(SigningKey&&) = default;
  SigningKey& operator=(const SigningKey&) = default;
  SigningKey& operator=(SigningKey&&) = default;
  ~SigningKey();  // wipes its copy

  std::string sign(std::string_view message) const;  // 64 bytes
  PublicKey public_key() const;
  std::string pem() const;  // the secret itself

 private:
  explicit SigningKey(std::string_view seed) : seed_(seed) {}
  std::string seed_;
};

}  // namespace outrider::seal
