#include "agent/lines/secrets/finder.hpp"

#include "agent/lines/secrets/shapes.hpp"

#include <algorithm>
#include <utility>

namespace outrider::lines::secrets {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_named(std::string_view path, std::string_view name) {
  if (path.size() < name.size() || !same_letters(path.substr(path.size() - name.size()), name)) return false;
  return path.size() == name.size() || path[path.size() - name.size() - 1] == '.';
}

// Where an object or a list ends that begins at `from`; the end of the text when it does not.
std::size_t end_of_container(std::string_view text, std::size_t from) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t end_of_word(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_of(" \t\r\n,;&)}]\"'<>|", from);
  return end == std::string_view::npos ? text.size() : end;
}

// `password=hunter2`, and the second word too in `Authorization: Basic dXNlcg==`.
std::size_t end_of_bare_value(std::string_view text, std::size_t from) {
  const std::size_t end = end_of_word(text, from);
  const std::string_view word = text.substr(from, end - from);
  for (const std::string_view scheme : {"basic", "bearer", "digest", "negotiate", "token"}) {
    if (!same_letters(word, scheme) || end >= text.size() || text[end] != ' ') continue;
    return end_of_word(text, end + 1);
  }
  return end;
}

}  // namespace

std::size_t closing(std::string_view text, std::size_t from, Finder::Open open) {
  for (std::size_t at = text.find(open.quote, from); at != std::string_view::npos;
       at = text.find(open.quote, at + 1)) {
    std::size_t slashes = 0;
    while (at > from + slashes && text[at - 1 - slashes] == '\\') ++slashes;
    if (open.slashes == 0 ? slashes % 2 == 0 : slashes <= open.slashes)
      return at - (open.slashes ? slashes : 0);
  }
  return std::string_view::npos;
}

Finder::Finder(const std::vector<Rule>& rules) {
  rules_.fill(-1);
  const auto trigger = [this](std::string_view bytes) {
    for (const char c : bytes) triggers_[static_cast<unsigned char>(c)] = true;
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (rules_[static_cast<std::size_t>(rule.kind)] == -1)
      rules_[static_cast<std::size_t>(rule.kind)] = static_cast<int>(i);
    switch (rule.kind) {
      case Kind::email: trigger("@%"); break;
      case Kind::bearer_token: trigger("bB"); break;
      case Kind::jwt: trigger("J"); break;
      case Kind::card_number:
      case Kind::iban: trigger("0123456789"); break;
      case Kind::phone: trigger("0123456789+("); break;
      case Kind::field: {
        trigger("=:");
        std::string name = rule.name;
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        has_paths_ = has_paths_ || name.find('.') != std::string::npos;
        fields_.push_back({std::move(name), i});
        break;
      }
      case Kind::custom: customs_.push_back({std::make_unique<Pattern>(rule.pattern), i}); break;
      case Kind::cut: break;
    }
  }
}

int Finder::field_rule(std::string_view path) const {
  for (const Field& field : fields_) {
    if (is_named(path, field.name)) return static_cast<int>(field.rule);
  }
  return -1;
}

void Finder::find(std::string_view text, std::vector<Finding>& found, Open* open) const {
  found.clear();
  std::size_t floor = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!triggers_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const std::size_t before = found.size();
    at = look(text, at, floor, found, open);
    if (found.size() > before) floor = found.back().to;
  }
  if (!customs_.empty()) find_custom(text, found);
}

bool Finder::add(Kind kind, std::size_t from, std::size_t to, std::vector<Finding>& found) const {
  const int rule = rules_[static_cast<std::size_t>(kind)];
  if (rule < 0) return false;
  found.push_back({from, to, static_cast<std::size_t>(rule)});
  return true;
}

// Gives where to go on: behind what was found, or one byte further.
std::size_t Finder::look(std::string_view text, std::size_t at, std::size_t floor,
                         std::vector<Finding>& found, Open* open) const {
  const auto take = [&](Kind kind, const Found& extent) {
    return extent && add(kind, extent->from, extent->to, found) ? extent->to : at + 1;
  };
  switch (text[at]) {
    case '@':
    case '%': return take(Kind::email, email_at(text, at, floor));
    case 'J': return take(Kind::jwt, jwt_at(text, at, floor));
    case 'b':
    case 'B': return take(Kind::bearer_token, bearer_at(text, at));
    case '=':
    case ':': return look_at_name(text, at, floor, found, open);
    case '+':
    case '(': return take(Kind::phone, phone_at(text, at));
    default: return look_at_number(text, at, floor, found);
  }
}

std::size_t Finder::look_at_number(std::string_view text, std::size_t at, std::size_t floor,
                                   std::vector<Finding>& found) const {
  const auto has = [this](Kind kind) { return rules_[static_cast<std::size_t>(kind)] >= 0; };
  if (has(Kind::iban)) {
    if (const Found iban = iban_at(text, at, floor); iban && add(Kind::iban, iban->from, iban->to, found))
      return iban->to;
  }
  if (has(Kind::card_number)) {
    if (const Found card = card_at(text, at); card && add(Kind::card_number, card->from, card->to, found))
      return card->to;
  }
  if (has(Kind::phone)) {
    if (const Found phone = american_phone_at(text, at);
        phone && add(Kind::phone, phone->from, phone->to, found))
      return phone->to;
  }
  // The rest of the run begins no number of its own.
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// A sign that may stand between a name and its value: name=…, "name": …, \"name\": …
std::size_t Finder::look_at_name(std::string_view text, std::size_t at, std::size_t floor,
                                 std::vector<Finding>& found, Open* open) const {
  std::size_t end = at;
  // However much it is, what stands before one sign stands before no other: time stays linear.
  while (end > floor && (is_space(text[end - 1]) || is_line_end(text[end - 1]))) --end;
  const std::size_t name_and_quotes = end;
  while (end > floor && (is_quote(text[end - 1]) || text[end - 1] == '\\')) --end;
  const bool quoted_name = end < name_and_quotes;
  int rule = -1;
  for (const Field& field : fields_) {
    if (end < floor + field.name.size()) continue;
    const std::size_t from = end - field.name.size();
    if (!same_letters(text.substr(from, field.name.size()), field.name)) continue;
    if (from > 0 && is_name(text[from - 1])) continue;
    rule = static_cast<int>(field.rule);
    break;
  }
  if (rule < 0) return at + 1;
  std::size_t from = at + 1;
  if (from < text.size() && (text[from] == '>' || text[from] == '=')) ++from;
  while (from < text.size() && (is_space(text[from]) || (quoted_name && is_line_end(text[from])))) ++from;
  Open quoted;
  while (from + quoted.slashes < text.size() && text[from + quoted.slashes] == '\\') ++quoted.slashes;
  std::size_t to = 0;
  if (from + quoted.slashes < text.size() && is_quote(text[from + quoted.slashes])) {
    from += quoted.slashes;
    quoted.quote = text[from++];
    to = closing(text, from, quoted);
    if (to == std::string_view::npos) {
      to = text.size();
      if (open != nullptr) *open = quoted;
    }
  } else if (from < text.size() && (text[from] == '{' || text[from] == '[')) {
    to = end_of_container(text, from);
  } else {
    to = end_of_bare_value(text, from);
  }
  if (to <= from) return at + 1;
  found.push_back({from, to, static_cast<std::size_t>(rule)});
  return to;
}

// Custom expressions see the text as it is; what overlaps becomes one, under the name of the first.
void Finder::find_custom(std::string_view text, std::vector<Finding>& found) const {
  const std::size_t before = found.size();
  for (const Custom& custom : customs_) {
    for (std::size_t at = 0; at <= text.size();) {
      const auto [from, to] = custom.pattern->find(text, at);
      if (from == std::string_view::npos) break;
      if (to > from) found.push_back({from, to, custom.rule});
      at = to > from ? to : to + 1;
    }
  }
  if (found.size() == before) return;
  std::ranges::stable_sort(found, {}, &Finding::from);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].from < found[kept].to) {
      found[kept].to = std::max(found[kept].to, found[i].to);
    } else {
      found[++kept] = found[i];
    }
  }
  found.resize(kept + 1);
}

}  // namespace outrider::lines::secrets
