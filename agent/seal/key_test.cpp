#include "agent/seal/key.hpp"

#include "agent/os/scratch.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/seal/digest.hpp"
#include "agent/seal/key_file.hpp"

#include <sys/stat.h>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::seal;

namespace {

// The key of RFC 8037, appendix A.
SigningKey rfc_key() {
  return *SigningKey::from_seed(*decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", Letters::base64url));
}

}  // namespace

TEST(Digest, IsTheOneOfTheStandard) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_sha256(sha256("")));
  EXPECT_FALSE(is_sha256("ABC"));
}

TEST(Base64, IsReadInOneSpellingOnly) {
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd", "\xfb\xff"}) {
    for (const Letters letters : {Letters::base64, Letters::base64url})
      EXPECT_EQ(decode(encode(bytes, letters), letters), bytes);
  }
  EXPECT_EQ(encode("fo", Letters::base64), "Zm8=");
  EXPECT_EQ(encode("fo", Letters::base64url), "Zm8");
  EXPECT_EQ(encode("\xfb\xff", Letters::base64url), "-_8");
  for (const char* text : {"Zm8", "Zm9=", "Zm8==", "Zm8 ", "=", "A", "-_8="})
    EXPECT_FALSE(decode(text, Letters::base64).has_value()) << text;
  for (const char* text : {"Zm8=", "Zm9", "A", "+/8", "Zm8\n"})
    EXPECT_FALSE(decode(text, Letters::base64url).has_value()) << text;
}

TEST(Key, IsTheOneOfTheStandard) {
  const SigningKey key = rfc_key();
  EXPECT_EQ(key.public_key().jwk().at("x"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(key.public_key().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_TRUE(is_thumbprint(key.public_key().thumbprint()));
  const std::string signature = key.sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
  EXPECT_EQ(encode(signature, Letters::base64url),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(Key, FitsItsOwnSignatureOverTheSameBytesOnly) {
  const SigningKey key = rfc_key(), other = *SigningKey::make();
  const std::string signature = key.sign("all is well");
  EXPECT_TRUE(key.public_key().fits(signature, "all is well"));
  EXPECT_FALSE(key.public_key().fits(signature, "all is hell"));
  EXPECT_FALSE(other.public_key().fits(signature, "all is well"));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] ^= 1;
    EXPECT_FALSE(key.public_key().fits(changed, "all is well"));
    EXPECT_FALSE(key.public_key().fits(signature.substr(0, i), "all is well"));
  }
  EXPECT_FALSE(key.public_key().fits(signature + "x", "all is well"));
}

TEST(Key, IsReadFromWhatItWasWrittenAs) {
  const SigningKey key = *SigningKey::make();
  const PublicKey open = key.public_key();
  EXPECT_EQ(*read_public_key(open.pem()), open);
  EXPECT_EQ(*read_public_key(std::string(boost::json::serialize(open.jwk()))), open);
  EXPECT_EQ(SigningKey::from_pem(key.pem())->public_key(), open);
  EXPECT_TRUE(open.pem().starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"));
}

TEST(Key, WhatIsNoPublicKeyIsRefusedWithWhatItIs) {
  const auto told = [](const std::string& text) {
    const auto key = read_public_key(text);
    return key ? std::string("taken") : key.error().what;
  };
  EXPECT_NE(told(SigningKey::make()->pem()).find("private key: keep it secret"), std::string::npos);
  EXPECT_NE(told(R"({"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"})").find("private half"),
            std::string::npos);
  EXPECT_NE(told(R"({"kty":"RSA","n":"AA"})").find("no Ed25519"), std::string::npos);
  EXPECT_NE(told(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})").find("32 bytes"), std::string::npos);
  EXPECT_NE(told("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq\n-----END PUBLIC KEY-----\n").find("no Ed25519"),
            std::string::npos);
  for (const char* text : {"", "hello", "[]", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"})
    EXPECT_NE(told(text).find("neither"), std::string::npos) << text;
}

TEST(KeyFile, IsMadeAtFirstUseForItsOwnerAlone) {
  os::Scratch scratch;
  const auto files = os::make_files();
  const auto made = open_key(*files, scratch / "state");
  ASSERT_TRUE(made.has_value());
  struct stat about{};
  ASSERT_EQ(::stat((scratch / "state/signing.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(open_key(*files, scratch / "state")->public_key(), made->public_key());
}

TEST(KeyFile, ADamagedOneIsToldAndNeverReplaced) {
  os::SimFiles files;
  ASSERT_TRUE(files.make_directories("/state").has_value());
  ASSERT_TRUE(files.replace("/state/signing.key", "scribble").has_value());
  const auto key = open_key(files, "/state");
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().code, core::Errc::corrupt);
  EXPECT_NE(key.error().hint.find("put it back"), std::string::npos);
  EXPECT_EQ(*files.read_all("/state/signing.key", 100), "scribble");
}

TEST(KeyFile, WithoutRoomOrRightThereIsNoKey) {
  os::SimFiles files;
  files.faults.capacity_bytes = 10;
  EXPECT_FALSE(open_key(files, "/state").has_value());
  files.faults = {};
  files.faults.permission_denied = true;
  EXPECT_EQ(open_key(files, "/state").error().code, core::Errc::denied);
}
