#include "agent/seal/envelope.hpp"

#include "agent/seal/digest.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::seal;

namespace {

constexpr std::string_view type = "application/vnd.in-toto+json";

SigningKey key_of(char letter) { return *SigningKey::from_seed(std::string(32, letter)); }

Trust trust(const std::string& text, const Pin& pin = {}) {
  const auto envelope = read_envelope(text);
  return envelope ? judge(*envelope, pin).trust : Trust::altered;
}

Pin pin_of(const SigningKey& key) { return {key.public_key(), ""}; }

// The envelope with `change` made to it.
template <class Change>
std::string changed(const std::string& text, Change change) {
  auto value = boost::json::parse(text);
  change(value.as_object());
  return std::string(boost::json::serialize(value));
}

}  // namespace

TEST(Envelope, SignsTheBytesThatTheStandardSays) {
  EXPECT_EQ(signed_bytes("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST(Envelope, GivesBackWhatWasSigned) {
  const std::string text = write_envelope(key_of('a'), type, "hello\n\xff");
  const auto envelope = read_envelope(text);
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->payload, "hello\n\xff");
  EXPECT_EQ(envelope->type, type);
  EXPECT_EQ(trust(text), Trust::genuine);
  EXPECT_EQ(trust(text, pin_of(key_of('a'))), Trust::genuine);
  EXPECT_EQ(trust(text, {std::nullopt, key_of('a').public_key().thumbprint()}), Trust::genuine);
}

TEST(Envelope, ASpaceAddedToItsJsonChangesNothing) {
  std::string text = write_envelope(key_of('a'), type, "hello");
  text.insert(1, "\n  ");
  EXPECT_EQ(trust(text), Trust::genuine);
}

TEST(Envelope, AlteredUnsignedAndWronglyKeyedAreToldApart) {
  const std::string text = write_envelope(key_of('a'), type, "hello");
  const std::string other_words =
      changed(text, [](auto& object) { object["payload"] = encode("hullo", Letters::base64); });
  const std::string other_type = changed(text, [](auto& object) { object["payloadType"] = "text/plain"; });
  for (const auto& altered : {other_words, other_type}) {
    EXPECT_EQ(trust(altered), Trust::altered);
    EXPECT_EQ(trust(altered, pin_of(key_of('a'))), Trust::altered);
  }
  const std::string stripped =
      changed(text, [](auto& object) { object["signatures"] = boost::json::array(); });
  EXPECT_EQ(trust(stripped), Trust::nobody);
  EXPECT_EQ(trust(stripped, pin_of(key_of('a'))), Trust::nobody);
  EXPECT_EQ(trust(changed(text, [](auto& object) { object.erase("signatures"); })), Trust::nobody);
  EXPECT_EQ(trust(text, pin_of(key_of('b'))), Trust::other_key);
  EXPECT_EQ(trust(text, {std::nullopt, key_of('b').public_key().thumbprint()}), Trust::other_key);
  // Altered, and signed anew by somebody else: only who pins a key sees it.
  const std::string forged = write_envelope(key_of('b'), type, "hullo");
  EXPECT_EQ(trust(forged), Trust::genuine);
  EXPECT_EQ(trust(forged, pin_of(key_of('a'))), Trust::other_key);
}

TEST(Envelope, AKeyThatIsPinnedNeedNotLieInIt) {
  const std::string bare = changed(write_envelope(key_of('a'), type, "hello"), [](auto& object) {
    object["signatures"].as_array()[0].as_object().erase("key");
  });
  EXPECT_EQ(trust(bare), Trust::nobody) << "there is nothing to check it with";
  EXPECT_EQ(trust(bare, pin_of(key_of('a'))), Trust::genuine);
  EXPECT_EQ(trust(bare, pin_of(key_of('b'))), Trust::other_key);
}

TEST(Envelope, TheNameBesideASignatureIsOnlyAHint) {
  const std::string renamed = changed(write_envelope(key_of('a'), type, "hello"), [](auto& object) {
    object["signatures"].as_array()[0].as_object()["keyid"] = "somebody else";
  });
  EXPECT_EQ(trust(renamed, pin_of(key_of('a'))), Trust::genuine);
}

TEST(Envelope, WhatIsNoneIsRefused) {
  const std::string text = write_envelope(key_of('a'), type, "hello");
  for (std::size_t size = 0; size + 2 < text.size(); size += 7)
    EXPECT_FALSE(read_envelope(text.substr(0, size)).has_value()) << size;
  for (const char* none :
       {"", "[]", "{}", "null", R"({"payloadType":"a"})", R"({"payloadType":"a","payload":"?"})",
        R"({"payloadType":"a","payload":"","signatures":[1]})",
        R"({"payloadType":"a","payload":"","signatures":[{"sig":"*"}]})"})
    EXPECT_FALSE(read_envelope(none).has_value()) << none;
  EXPECT_FALSE(read_envelope(std::string(100'000, '[')).has_value());
}
