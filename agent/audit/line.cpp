#include "agent/audit/line.hpp"

#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::audit {
namespace {

namespace json = boost::json;

constexpr std::string_view hash_key = ",\"hash\":\"";
constexpr std::size_t hash_digits = 64;
constexpr std::uint64_t most_entries = 1ULL << 62U;  // a number above was never written by us
constexpr std::size_t tail_size = hash_key.size() + hash_digits + 2;  // …"}

// Reasons quote what services and strangers said: a line with a byte that is not UTF-8 could not be read
// back.
std::string quoted(std::string_view text) {
  const std::string clean = core::clean_utf8(text);
  return json::serialize(json::string_view(clean.data(), clean.size()));
}

core::Outcome<json::object> read_object(std::string_view text) {
  json::error_code problem;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), problem);
  if (problem || !value.is_object()) return core::fail(core::Errc::corrupt, "it is not a JSON object");
  return value.as_object();
}

std::uint64_t number(const json::object& object, json::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->as_int64() < 0) return 0;
  return static_cast<std::uint64_t>(value->as_int64());
}

std::string text_of(const json::object& object, json::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->as_string());
}

}  // namespace

std::string write_line(const Draft& draft, std::uint64_t sequence, std::string_view previous) {
  std::string line =
      fmt::format(R"({{"seq":{},"time":{},"phase":{})", sequence, quoted(draft.time), quoted(draft.phase));
  if (draft.phase == "result") {
    line += fmt::format(R"(,"intent":{},"succeeded":{},"result":{})", draft.intent, draft.succeeded,
                        quoted(draft.result));
  } else {
    line += fmt::format(R"(,"actor":{},"action":{},"target":{},"reason":{})", quoted(draft.actor),
                        quoted(draft.action), quoted(draft.target), quoted(draft.reason));
  }
  line += fmt::format(R"(,"previous":"{}")", previous);
  const std::string hash = seal::sha256(line);
  line += hash_key;
  line += hash;
  line += "\"}\n";
  return line;
}

std::string hash_of_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return std::string(line.substr(line.size() - hash_digits - 2, hash_digits));
}

core::Outcome<Link> read_line(std::string_view line) {
  auto object = read_object(line);
  if (!object) return core::fail(object.error());
  Link link;
  link.sequence = number(*object, "seq");
  link.intent = number(*object, "intent");
  link.phase = text_of(*object, "phase");
  link.previous = text_of(*object, "previous");
  link.hash = text_of(*object, "hash");
  if (link.sequence == 0 || link.sequence > most_entries || !seal::is_sha256(link.hash) ||
      !seal::is_sha256(link.previous))
    return core::fail(core::Errc::corrupt, "it has no number or no hash");
  const bool ends_with_hash =
      line.size() > tail_size && line.substr(line.size() - tail_size).starts_with(hash_key);
  link.hash_fits = ends_with_hash && seal::sha256(line.substr(0, line.size() - tail_size)) == link.hash;
  return link;
}

std::string write_head(const Head& head) {
  return fmt::format("{{\"seq\":{},\"hash\":\"{}\",\"broken\":{}}}\n", head.sequence, head.hash,
                     quoted(head.broken));
}

core::Outcome<Head> read_head(std::string_view text) {
  auto object = read_object(text);
  if (!object) return core::fail(object.error());
  Head head;
  head.sequence = number(*object, "seq");
  head.hash = text_of(*object, "hash");
  head.broken = text_of(*object, "broken");
  if (head.sequence > most_entries) return core::fail(core::Errc::corrupt, "its number is out of all bounds");
  if (!seal::is_sha256(head.hash)) return core::fail(core::Errc::corrupt, "it has no hash");
  return head;
}

std::string rotated_name(std::uint64_t first_sequence) {
  return fmt::format("audit-{:012}.jsonl", first_sequence);
}

}  // namespace outrider::audit
