// The gate's answer as something that can be carried elsewhere: signed, for a few minutes, for one question.
// Whoever has the public key checks it without asking anybody. Pure; fails closed.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/outcome.hpp"
#include "agent/recovery/gate/gate.hpp"
#include "agent/seal/key.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace outrider::recovery {

inline constexpr std::string_view answer_type = "outrider-gate+jwt";
inline constexpr core::Duration longest_validity = std::chrono::hours(1);
inline constexpr core::Duration most_skew =
    std::chrono::minutes(1);  // of the clock that issued it, ahead of ours

// Who answers, and for how long.
struct Issuer {
  std::string cluster, instance;
  core::Duration valid_for = std::chrono::minutes(5);
};

// What is signed. `iat`, `exp` and `aud` as JWTs have them; times of ours in RFC 3339.
boost::json::object claims_of(const GateResult& result, const GateView& view,
                              const core::GateQuestion& question, const Issuer& issuer);
std::string sign_answer(const seal::SigningKey& key, const boost::json::object& claims);

// What an answer must be to: empty parts of it are not compared, but for the check; and an answer that was
// given for an audience is for nobody else.
struct Expected {
  std::string check = "all";
  std::string require, expect_wal, nonce, audience;
};

struct AnswerProof {
  int code = 3;          // the answer's own when it is genuine, new enough and to what was asked; else 3
  bool genuine = false;  // all of that
  std::string why;       // it does not count; empty when it does
  boost::json::object claims;  // only what was signed; empty before the signature was found to fit
  core::WallTime now{};

  std::string nagios() const;  // one line
  boost::json::object json() const;
};

AnswerProof verify_answer(std::string_view token, const seal::PublicKey& key, const Expected& expected,
                          core::WallTime now);

}  // namespace outrider::recovery
