// Signed documents: DSSE envelopes, as in-toto and Sigstore write them. The signature covers the type and the
// exact bytes, so nothing has to be brought into a canonical form first, and one kind of document is never
// taken for another.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/seal/key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::seal {

struct Signature {
  std::string key_name;          // says which key; a hint, not signed
  std::optional<PublicKey> key;  // as it lies in the envelope; anybody can put one there
  std::string bytes;
};

struct Envelope {
  std::string type;
  std::string payload;
  std::vector<Signature> signatures;
};

std::string write_envelope(const SigningKey& key, std::string_view type, std::string_view payload);
core::Outcome<Envelope> read_envelope(std::string_view text);

// The bytes that are signed: DSSE's pre-authentication encoding.
std::string signed_bytes(std::string_view type, std::string_view payload);

enum class Trust {
  genuine,    // signed by the key that was asked for; without one, by the key in the envelope
  nobody,     // there is no signature, or none that could be checked
  other_key,  // signed, but by another key than the one asked for
  altered,    // signed, and changed afterwards
};

struct Verdict {
  Trust trust = Trust::nobody;
  std::string key_name;  // who signed it; empty when nobody did
};

// What is pinned: a key, or only its name; neither: nothing is pinned.
struct Pin {
  std::optional<PublicKey> key;
  std::string name;
};

Verdict judge(const Envelope& envelope, const Pin& pin);

}  // namespace outrider::seal
