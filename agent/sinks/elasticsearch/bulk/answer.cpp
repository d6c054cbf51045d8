#include "agent/sinks/elasticsearch/bulk/answer.hpp"

#include "agent/core/number.hpp"
#include "agent/lines/json.hpp"

#include <algorithm>

namespace outrider::sinks::elasticsearch {
namespace {

using Members = std::vector<lines::Member>;

constexpr std::string_view created = "{\"create\":{\"status\":201}}";
constexpr std::size_t longest_reason_bytes = 2000;

std::string_view value_of(const Members& members, std::string_view key) {
  for (const lines::Member& member : members) {
    if (member.key == key) return member.value;
  }
  return {};
}

std::string text_of(std::string_view raw) {
  if (raw.empty() || raw[0] != '"') return {};
  std::string buffer;
  std::string text(lines::string_value(raw, buffer));
  if (text.size() > longest_reason_bytes) text.resize(longest_reason_bytes);
  return text;
}

// An error is an object; very old servers and some proxies write a string.
Refusal read_error(std::string_view raw) {
  if (!raw.starts_with('{')) return {"", text_of(raw)};
  Members members;
  if (!lines::scan_object(raw, members)) return {};
  Refusal refusal{text_of(value_of(members, "type")), text_of(value_of(members, "reason"))};
  Members cause;
  const std::string_view caused_by = value_of(members, "caused_by");
  if (caused_by.starts_with('{') && lines::scan_object(caused_by, cause)) {
    const std::string why = text_of(value_of(cause, "reason"));
    if (!why.empty() && refusal.reason.find(why) == std::string::npos) refusal.reason += ": " + why;
  }
  return refusal;
}

// {"create":{"status":409,"error":{…}}}
bool read_item(std::string_view text, Item& item) {
  Members outer, inner;
  if (!lines::scan_object(text, outer) || outer.size() != 1) return false;
  if (!lines::scan_object(outer[0].value, inner)) return false;
  const auto status = core::read_number<int>(value_of(inner, "status"));
  if (!status || *status < 100 || *status > 999) return false;
  item.status = *status;
  item.failure_store = text_of(value_of(inner, "failure_store"));
  const std::string_view error = value_of(inner, "error");
  if (error.empty()) return true;
  Refusal refusal = read_error(error);
  item.type = std::move(refusal.type);
  item.reason = std::move(refusal.reason);
  return true;
}

// Where the value that begins at `at` ends. The text is known to be valid.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char sign = text[at];
    if (quoted) {
      if (sign == '\\') ++at;
      if (sign == '"') quoted = false;
    } else if (sign == '"') {
      quoted = true;
    } else if (sign == '{' || sign == '[') {
      ++depth;
    } else if (sign == '}' || sign == ']') {
      if (depth <= 1) return at + 1;
      --depth;
    }
  }
  return text.size();
}

bool is_plain(const Item& item) {
  return (item.status == 200 || item.status == 201) && item.failure_store.empty();
}

bool read_items(std::string_view list, Answer& answer) {
  constexpr std::string_view between = " \t\r\n,";
  std::size_t at = list.find_first_not_of(between, 1);
  while (at < list.size() && list[at] != ']') {
    if (list.compare(at, created.size(), created) == 0) {
      at += created.size();
    } else {
      if (list[at] != '{') return false;
      const std::size_t end = end_of_value(list, at);
      Item item;
      item.place = answer.items;
      if (!read_item(list.substr(at, end - at), item)) return false;
      if (!is_plain(item)) answer.notable.push_back(std::move(item));
      at = end;
    }
    ++answer.items;
    at = list.find_first_not_of(between, at);
  }
  return true;
}

}  // namespace

std::optional<Answer> read_answer(std::string_view body) {
  Members members;
  if (!lines::scan_object(body, members)) return std::nullopt;
  const std::string_view items = value_of(members, "items");
  Answer answer;
  if (!items.starts_with('[') || !read_items(items, answer)) return std::nullopt;
  return answer;
}

std::string Refusal::text() const {
  if (type.empty()) return reason;
  return reason.empty() ? type : type + ": " + reason;
}

Refusal read_refusal(std::string_view body) {
  Members members;
  if (lines::scan_object(body, members)) {
    Refusal refusal = read_error(value_of(members, "error"));
    if (!refusal.type.empty() || !refusal.reason.empty()) return refusal;
  }
  constexpr std::size_t few_words = 120;
  std::string words(body.substr(0, few_words));
  std::replace_if(
      words.begin(), words.end(), [](unsigned char sign) { return sign < 0x20 || sign >= 0x7f; }, ' ');
  return {"", words};
}

}  // namespace outrider::sinks::elasticsearch
