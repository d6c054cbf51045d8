#include "agent/seal/token.hpp"

#include "agent/seal/digest.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::seal;

namespace {

constexpr std::string_view type = "outrider-gate+jwt";
constexpr std::string_view payload = R"({"check":"rpo","code":0})";

SigningKey key_of(char letter) { return *SigningKey::from_seed(std::string(32, letter)); }

core::Errc trouble(std::string_view token, const SigningKey& key) {
  const auto read = read_token(token, key.public_key(), type);
  return read ? core::Errc::internal : read.error().code;
}

// A token with that header, signed as it should be.
std::string with_header(const SigningKey& key, std::string_view header) {
  const std::string message = encode(header, Letters::base64url) + "." + encode(payload, Letters::base64url);
  return message + "." + encode(key.sign(message), Letters::base64url);
}

}  // namespace

TEST(Token, GivesBackWhatWasSigned) {
  const SigningKey key = key_of('a');
  EXPECT_EQ(read_token(write_token(key, type, payload), key.public_key(), type), std::string(payload));
}

TEST(Token, AnyChangedOrMissingByteSpoilsIt) {
  const SigningKey key = key_of('a');
  const std::string token = write_token(key, type, payload);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(read_token(changed, key.public_key(), type).has_value()) << i;
    EXPECT_FALSE(read_token(token.substr(0, i), key.public_key(), type).has_value()) << i;
  }
  for (const std::string& more : {token + "A", token + ".", token + "=", "." + token, token + "\n"})
    EXPECT_FALSE(read_token(more, key.public_key(), type).has_value()) << more;
}

TEST(Token, OfAnotherKeyIsToldApartFromAChangedOne) {
  const std::string token = write_token(key_of('a'), type, payload);
  EXPECT_EQ(trouble(token, key_of('b')), core::Errc::denied);
  EXPECT_EQ(trouble(token.substr(0, token.size() - 2), key_of('a')), core::Errc::corrupt);
}

TEST(Token, NoAlgorithmButOursCounts) {
  const SigningKey key = key_of('a');
  const std::string name = key.public_key().thumbprint();
  for (const char* algorithm : {"none", "None", "HS256", "ES256", "eddsa", ""}) {
    const std::string header =
        std::string(R"({"alg":")") + algorithm + R"(","typ":"outrider-gate+jwt","kid":")" + name + "\"}";
    EXPECT_EQ(trouble(with_header(key, header), key), core::Errc::unsupported) << algorithm;
  }
  const std::string unsigned_one = encode(R"({"alg":"none","typ":"outrider-gate+jwt"})", Letters::base64url) +
                                   "." + encode(payload, Letters::base64url) + ".";
  EXPECT_EQ(trouble(unsigned_one, key), core::Errc::unsupported);
  EXPECT_EQ(trouble(with_header(key, R"({"typ":"outrider-gate+jwt"})"), key), core::Errc::unsupported);
  EXPECT_EQ(trouble(with_header(key, R"({"alg":["EdDSA"]})"), key), core::Errc::unsupported);
}

TEST(Token, NoHeaderThatIsNotUnderstoodIsPassedOver) {
  const SigningKey key = key_of('a');
  const std::string common =
      R"({"alg":"EdDSA","typ":"outrider-gate+jwt","kid":")" + key.public_key().thumbprint() + "\"";
  EXPECT_EQ(trouble(with_header(key, common + "}"), key), core::Errc::internal) << "this one is fine";
  for (const char* more :
       {R"(,"crit":["exp"]})", R"(,"jwk":{}})", R"(,"jku":"https://x"})", R"(,"b64":false})"})
    EXPECT_EQ(trouble(with_header(key, common + more), key), core::Errc::unsupported) << more;
}

TEST(Token, OfAnotherKindIsNotTaken) {
  const SigningKey key = key_of('a');
  EXPECT_EQ(trouble(write_token(key, "JWT", payload), key), core::Errc::unsupported);
}

TEST(Token, HugeAndSenselessInputIsRefused) {
  const SigningKey key = key_of('a');
  EXPECT_EQ(trouble(std::string(1 << 20, 'A'), key), core::Errc::corrupt);
  for (const char* text : {"", ".", "..", "...", "a.b.c", "e30.e30.e30", "W10.e30.AA"})
    EXPECT_FALSE(read_token(text, key.public_key(), type).has_value()) << text;
  const std::string deep = encode(std::string(5000, '['), Letters::base64url);
  EXPECT_EQ(trouble(deep + ".e30.AA", key), core::Errc::corrupt);
}
