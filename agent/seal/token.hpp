// Signed statements that fit into a line: compact JWS (RFC 7515) with EdDSA (RFC 8037) and nothing else.
// What RFC 8725 warns of is left out rather than guarded: the algorithm is ours and not the token's, no key
// is taken from a token, no other header is understood, and nothing of a token is believed before its
// signature fits.
#pragma once

#include "agent/core/outcome.hpp"
#include "agent/seal/key.hpp"

#include <string>
#include <string_view>

namespace outrider::seal {

inline constexpr std::size_t most_token_bytes = 16 * 1024;

// `type` tells what is signed from everything else that this key signs ("outrider-gate+jwt").
std::string write_token(const SigningKey& key, std::string_view type, std::string_view payload);

// The payload as it was signed. `denied` when it is another key's, `unsupported` when it is another kind of
// token, `corrupt` when it is none, or was changed.
core::Outcome<std::string> read_token(std::string_view token, const PublicKey& key, std::string_view type);

}  // namespace outrider::seal
