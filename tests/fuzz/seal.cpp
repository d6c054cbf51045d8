// Bundles, tokens and keys that come from somebody else: read, verified, told about; never taken for genuine.
#include "agent/recovery/answer/answer.hpp"
#include "agent/recovery/bundle/verify.hpp"
#include "agent/seal/digest.hpp"
#include "agent/seal/token.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/json/parse.hpp>

namespace outrider::fuzz {
namespace {

const seal::SigningKey& key() {
  static const seal::SigningKey one = *seal::SigningKey::from_seed(std::string(32, 'k'));
  return one;
}

core::Outcome<recovery::ChainedLine> any_line(std::string_view line) {
  return recovery::ChainedLine{line.size(), {}, {}, line.size() % 2 == 0};
}

}  // namespace

void seal(std::string_view bytes) {
  for (const auto letters : {seal::Letters::base64, seal::Letters::base64url}) {
    must(seal::decode(seal::encode(bytes, letters), letters) == bytes, "what was encoded is decoded");
    if (const auto read = seal::decode(bytes, letters))
      must(seal::encode(*read, letters) == bytes, "a value has one spelling");
  }
  if (const auto read = seal::read_public_key(bytes))
    must(*seal::read_public_key(read->pem()) == *read, "a key that was read is written and read again");

  const core::WallTime now{std::chrono::seconds(1'795'262'400)};
  const auto answer = recovery::verify_answer(bytes, key().public_key(), {}, now);
  must(answer.code == 3 && !answer.genuine && !answer.nagios().empty(),
       "what we did not sign counts for nothing");
  const auto ours = recovery::verify_answer(seal::write_token(key(), recovery::answer_type, bytes),
                                            key().public_key(), {}, now);
  must(!ours.nagios().empty() && (ours.genuine || ours.code == 3), "what is signed and senseless is unknown");

  const seal::Pin pin{key().public_key(), ""};
  must(recovery::verify_bundle(bytes, pin, any_line, std::nullopt).code() != 0,
       "no bundle that we did not sign holds");
  // Signed by us and yet anything: it may hold or not, and there is a sentence either way.
  const auto whole = seal::write_envelope(key(), "application/vnd.in-toto+json", bytes);
  const auto proof = recovery::verify_bundle(whole, pin, any_line, std::string(bytes));
  must(!proof.sentence().empty(), "a proof has a sentence");
}

}  // namespace outrider::fuzz
