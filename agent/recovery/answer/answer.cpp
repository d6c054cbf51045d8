#include "agent/recovery/answer/answer.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/token.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

namespace json = boost::json;
using core::WallTime;

constexpr std::size_t most_sentence_bytes = 1000;

std::string_view word_of(int code) {
  switch (code) {
    case 0: return "ok";
    case 1: return "warning";
    case 2: return "critical";
    default: return "unknown";
  }
}

std::string_view shout_of(int code) {
  switch (code) {
    case 0: return "OK";
    case 1: return "WARNING";
    case 2: return "CRITICAL";
    default: return "UNKNOWN";
  }
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

json::value or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(core::clean_utf8(text));
}

std::string text_of(const json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->as_string());
}

std::optional<WallTime> time_of(const json::object& claims, std::string_view name) {
  constexpr std::int64_t latest = 9'000'000'000;  // in the year 2255; what is later does not fit
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->as_int64() < 0 || value->as_int64() > latest)
    return std::nullopt;
  return WallTime(std::chrono::seconds(value->as_int64()));
}

std::string shown(std::string_view text) { return "\"" + core::clean_utf8(text.substr(0, 80)) + "\""; }

// What of it is not what was asked for; nothing when all is.
std::optional<std::string> mismatch(const json::object& claims, const Expected& expected) {
  struct Part {
    std::string_view name, words;
    const std::string& wanted;
  };
  const std::string check = text_of(claims, "check");
  if (check != expected.check)
    return fmt::format("it answers the check {}, and {} is asked for", shown(check), shown(expected.check));
  const std::string audience = text_of(claims, "aud");
  if (!audience.empty() && expected.audience.empty())
    return fmt::format("it was given for {} alone", shown(audience));
  for (const Part& part :
       {Part{"aud", "was given for", expected.audience}, Part{"nonce", "has the nonce", expected.nonce},
        Part{"require", "requires", expected.require},
        Part{"expect_wal", "expects WAL of", expected.expect_wal}}) {
    const std::string said = text_of(claims, part.name);
    if (!part.wanted.empty() && said != part.wanted)
      return fmt::format("it {} {}, and {} is asked for", part.words, said.empty() ? "nothing" : shown(said),
                         shown(part.wanted));
  }
  return std::nullopt;
}

std::optional<std::string> untimely(const json::object& claims, WallTime now) {
  const auto issued = time_of(claims, "iat"), expires = time_of(claims, "exp");
  if (!issued || !expires) return "it does not say when it was issued, or until when it counts";
  if (*expires <= *issued || *expires - *issued > longest_validity)
    return "it counts for longer than any answer may";
  if (*issued > now + most_skew)
    return fmt::format("it was issued {} from now: a clock is wrong", core::show_age(*issued - now));
  if (*expires <= now) return fmt::format("it expired {} ago", core::show_age(now - *expires));
  return std::nullopt;
}

AnswerProof refuse(AnswerProof proof, std::string why) {
  proof.genuine = false;
  proof.code = 3;
  proof.why = std::move(why);
  return proof;
}

}  // namespace

json::object claims_of(const GateResult& result, const GateView& view, const core::GateQuestion& question,
                       const Issuer& issuer) {
  const WallTime issued = view.now;
  WallTime expires =
      issued + std::clamp(issuer.valid_for, core::Duration(std::chrono::seconds(1)), longest_validity);
  if (result.overridden) expires = std::min(expires, *result.waiver.expires);
  json::object claims{
      {"iss", "outrider"},
      {"sub", core::clean_utf8(issuer.cluster)},
      {"instance", core::clean_utf8(issuer.instance)},
      {"iat", unix_seconds(issued)},
      // Never later than the override ends, never at once.
      {"exp", std::max(unix_seconds(issued) + 1, unix_seconds(expires))},
      {"check", name_of(result.asked)},
      {"require", or_null(question.require)},
      {"expect_wal", or_null(question.expect_wal)},
      {"code", result.code},
      {"answer", word_of(result.code)},
      {"sentence", core::clean_utf8(std::string_view(result.sentence).substr(0, most_sentence_bytes))},
      {"taken", core::show_time(result.taken)},
      {"set", nullptr},
      {"level", nullptr},
      {"proven", nullptr},
      {"override", nullptr}};
  if (view.snapshot != nullptr && view.snapshot->exposure.proven.as_of) {
    const Figure& proven = view.snapshot->exposure.proven;
    claims["set"] = or_null(proven.set);
    claims["level"] = name_of(proven.level);
    claims["proven"] = core::show_time(*proven.as_of);
  }
  if (result.overridden) claims["override"] = core::clean_utf8(result.waiver.name);
  if (!question.audience.empty()) claims["aud"] = core::clean_utf8(question.audience);
  if (!question.nonce.empty()) claims["nonce"] = core::clean_utf8(question.nonce);
  return claims;
}

std::string sign_answer(const seal::SigningKey& key, const json::object& claims) {
  const auto payload = json::serialize(claims);
  return seal::write_token(key, answer_type, {payload.data(), payload.size()});
}

AnswerProof verify_answer(std::string_view token, const seal::PublicKey& key, const Expected& expected,
                          WallTime now) {
  AnswerProof proof;
  proof.now = now;
  const auto payload = seal::read_token(token, key, answer_type);
  if (!payload) return refuse(std::move(proof), payload.error().what);
  json::error_code problem;
  const auto value = json::parse(*payload, problem);
  if (problem || !value.is_object()) return refuse(std::move(proof), "what it says cannot be read");
  proof.claims = value.as_object();
  if (const auto why = untimely(proof.claims, now)) return refuse(std::move(proof), *why);
  if (const auto why = mismatch(proof.claims, expected)) return refuse(std::move(proof), *why);
  const auto* code = proof.claims.if_contains("code");
  const bool known = code != nullptr && code->is_int64() && code->as_int64() >= 0 && code->as_int64() <= 3;
  if (!known || text_of(proof.claims, "answer") != word_of(static_cast<int>(code->as_int64())))
    return refuse(std::move(proof), "it does not say what the gate's answer was");
  proof.genuine = true;
  proof.code = static_cast<int>(code->as_int64());
  return proof;
}

std::string AnswerProof::nagios() const {
  if (!genuine) return "RECOVERY UNKNOWN - the signed answer does not count: " + why;
  std::string text = fmt::format("RECOVERY {} {} - genuine: {}", text_of(claims, "check"), shout_of(code),
                                 text_of(claims, "sentence"));
  const auto expires = time_of(claims, "exp");
  text += fmt::format("; it counts for {} more", core::show_age(*expires - now));
  if (const std::string level = text_of(claims, "level"); !level.empty())
    text += fmt::format("; {}, set {}, proven {}", level, text_of(claims, "set"), text_of(claims, "proven"));
  std::replace_if(
      text.begin(), text.end(),
      [](char sign) { return sign == '|' || static_cast<unsigned char>(sign) < ' '; }, ' ');
  return text;
}

json::object AnswerProof::json() const {
  return {{"schema", 1},
          {"genuine", genuine},
          {"code", code},
          {"why", or_null(why)},
          {"claims", claims.empty() ? json::value(nullptr) : json::value(claims)}};
}

}  // namespace outrider::recovery
