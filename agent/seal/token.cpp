#include "agent/seal/token.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <boost/json/parse.hpp>
#include <fmt/core.h>

namespace outrider::seal {
namespace {

using core::Errc;

std::string header_of(const PublicKey& key, std::string_view type) {
  return fmt::format(R"({{"alg":"EdDSA","typ":"{}","kid":"{}"}})", type, key.thumbprint());
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

std::string quoted(const std::string& text) {
  return "\"" + core::clean_utf8(std::string_view(text).substr(0, 60)) + "\"";
}

// Only says why; that the signature fits is asked afterwards, over the whole.
core::Outcome<> judge_header(std::string_view letters, const PublicKey& key, std::string_view type) {
  const auto text = decode(letters, Letters::base64url);
  if (!text) return core::fail(Errc::corrupt, "its header is not base64url");
  boost::json::error_code problem;
  const auto value = boost::json::parse(*text, problem);
  if (problem || !value.is_object()) return core::fail(Errc::corrupt, "its header is not a JSON object");
  const auto& header = value.as_object();
  const std::string algorithm = text_of(header, "alg");
  if (algorithm != "EdDSA") {
    return core::fail(Errc::unsupported,
                      fmt::format("it says to be signed by {}, and only EdDSA counts", quoted(algorithm)));
  }
  for (const auto& member : header) {
    if (member.key() != "alg" && member.key() != "typ" && member.key() != "kid") {
      return core::fail(Errc::unsupported, fmt::format("its header has {}, which is not understood",
                                                       quoted(std::string(member.key()))));
    }
  }
  if (text_of(header, "typ") != type) {
    return core::fail(Errc::unsupported,
                      fmt::format("it is {}, and {} was expected", quoted(text_of(header, "typ")),
                                  quoted(std::string(type))));
  }
  const std::string name = text_of(header, "kid");
  if (name != key.thumbprint()) {
    return core::fail(Errc::denied, fmt::format("it is signed by another key: {}, not {}", quoted(name),
                                                quoted(key.thumbprint())));
  }
  return {};
}

}  // namespace

std::string write_token(const SigningKey& key, std::string_view type, std::string_view payload) {
  const std::string message = encode(header_of(key.public_key(), type), Letters::base64url) + "." +
                              encode(payload, Letters::base64url);
  return message + "." + encode(key.sign(message), Letters::base64url);
}

core::Outcome<std::string> read_token(std::string_view token, const PublicKey& key, std::string_view type) {
  if (token.size() > most_token_bytes) return core::fail(Errc::corrupt, "it is too long for a signed answer");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return core::fail(Errc::corrupt, "it is no signed answer: three parts joined by dots were expected");
  if (auto fine = judge_header(token.substr(0, first), key, type); !fine) return core::fail(fine.error());
  const auto signature = decode(token.substr(second + 1), Letters::base64url);
  if (!signature || !key.fits(*signature, token.substr(0, second)))
    return core::fail(Errc::corrupt, "its signature does not fit: it was changed, or cut off");
  auto payload = decode(token.substr(first + 1, second - first - 1), Letters::base64url);
  if (!payload) return core::fail(Errc::corrupt, "what it says is not base64url");
  return *payload;
}

}  // namespace outrider::seal
