#include "agent/seal/envelope.hpp"

#include "agent/seal/digest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::seal {
namespace {

namespace json = boost::json;
using core::Errc;

constexpr std::size_t most_signatures = 16;

const json::string* text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

core::Outcome<Signature> read_signature(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return core::fail(Errc::corrupt, "a signature of it is not an object");
  Signature signature;
  if (const auto* name = text_in(*object, "keyid")) signature.key_name = *name;
  const auto* letters = text_in(*object, "sig");
  auto bytes = letters == nullptr ? std::nullopt : decode(*letters, Letters::base64);
  if (!bytes) return core::fail(Errc::corrupt, "a signature of it is not base64");
  signature.bytes = std::move(*bytes);
  if (const auto* key = object->if_contains("key"); key != nullptr && key->is_object()) {
    auto read = read_jwk(key->as_object());
    if (!read) return core::fail(read.error());
    signature.key = std::move(*read);
  }
  return signature;
}

bool is_meant(const PublicKey& key, const Pin& pin) {
  if (pin.key) return key == *pin.key;
  return pin.name.empty() || key.thumbprint() == pin.name;
}

}  // namespace

std::string signed_bytes(std::string_view type, std::string_view payload) {
  return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, payload.size(), payload);
}

std::string write_envelope(const SigningKey& key, std::string_view type, std::string_view payload) {
  const PublicKey open = key.public_key();
  const std::string signature = key.sign(signed_bytes(type, payload));
  json::array signatures;
  signatures.push_back(json::object{
      {"keyid", open.thumbprint()}, {"sig", encode(signature, Letters::base64)}, {"key", open.jwk()}});
  const json::object envelope{{"payloadType", type},
                              {"payload", encode(payload, Letters::base64)},
                              {"signatures", std::move(signatures)}};
  return std::string(json::serialize(envelope)) + "\n";
}

core::Outcome<Envelope> read_envelope(std::string_view text) {
  json::error_code problem;
  const auto value = json::parse(json::string_view(text.data(), text.size()), problem);
  const auto* object = problem ? nullptr : value.if_object();
  if (object == nullptr) return core::fail(Errc::corrupt, "it is not JSON, or cut off");
  const auto* type = text_in(*object, "payloadType");
  const auto* letters = text_in(*object, "payload");
  if (type == nullptr || letters == nullptr)
    return core::fail(Errc::corrupt, "it is no envelope: payloadType and payload were expected");
  Envelope envelope;
  envelope.type = *type;
  auto payload = decode(*letters, Letters::base64);
  if (!payload) return core::fail(Errc::corrupt, "its payload is not base64");
  envelope.payload = std::move(*payload);
  const auto* list = object->if_contains("signatures");
  if (list == nullptr || list->is_null()) return envelope;
  if (!list->is_array() || list->as_array().size() > most_signatures)
    return core::fail(Errc::corrupt, "its signatures are no list, or too many");
  for (const auto& one : list->as_array()) {
    auto signature = read_signature(one);
    if (!signature) return core::fail(signature.error());
    envelope.signatures.push_back(std::move(*signature));
  }
  return envelope;
}

Verdict judge(const Envelope& envelope, const Pin& pin) {
  const std::string message = signed_bytes(envelope.type, envelope.payload);
  const std::string wanted = pin.key ? pin.key->thumbprint() : pin.name;
  Verdict verdict;
  for (const Signature& signature : envelope.signatures) {
    if (pin.key && pin.key->fits(signature.bytes, message)) return {Trust::genuine, wanted};
    const std::string name = signature.key ? signature.key->thumbprint() : signature.key_name;
    const bool fits = signature.key && signature.key->fits(signature.bytes, message);
    if (fits && is_meant(*signature.key, pin)) return {Trust::genuine, name};
    // Of a key that is not here one can only say whether it is the one asked for.
    const bool can_tell = signature.key || (pin.key && name == wanted);
    if (!fits && can_tell)
      verdict = {Trust::altered, name};
    else if (verdict.trust == Trust::nobody && !wanted.empty() && name != wanted)
      verdict = {Trust::other_key, name};
  }
  return verdict;
}

}  // namespace outrider::seal
