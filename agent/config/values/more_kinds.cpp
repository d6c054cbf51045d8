// The kinds with a grammar of their own, and what the templates of kinds.hpp share.
#include "agent/config/kinds.hpp"
#include "agent/config/report.hpp"
#include "agent/config/values/scalars.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

// A scalar that `judge` has nothing against.
Kind<std::string> judged(std::function<std::optional<std::string>(const std::string&)> judge,
                         std::string what, Schema schema) {
  return {[=](const Node& node, Report& report) -> std::optional<std::string> {
            if (!node.is_scalar()) {
              report.wrong(node, what);
              return std::nullopt;
            }
            if (auto trouble = judge(node.text())) {
              report.wrong(node, *trouble);
              return std::nullopt;
            }
            return node.text();
          },
          [schema] { return schema; }};
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool may_be_named(std::string_view key, Names names) {
  if (key.empty()) return false;
  switch (names) {
    case Names::any: return true;
    case Names::slug:
      return (is_letter(key[0]) || is_digit(key[0])) && key.size() <= 64 &&
             std::all_of(key.begin(), key.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
             });
    case Names::label:
      return (is_letter(key[0]) || key[0] == '_') && std::all_of(key.begin(), key.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '_';
             });
  }
  return false;
}

std::string_view rule_of(Names names) {
  switch (names) {
    case Names::any: return "something";
    case Names::slug: return "at most 64 letters, digits, - _ and ., and begin with a letter or digit";
    case Names::label: return "letters, digits and _, and not begin with a digit";
  }
  return "";
}

}  // namespace

Kind<std::string> url(std::vector<std::string> schemes) {
  std::string pattern = "^(";
  for (const std::string& scheme : schemes) pattern += (pattern.size() > 2 ? "|" : "") + scheme;
  pattern += ")://[^/?#@\\s]+([/?#]\\S*)?$";
  const Kind<std::string> open =
      judged([schemes](const std::string& text) { return trouble_with_url(text, schemes); }, "a URL",
             text_schema({}, {}, pattern));
  return {[open](const Node& node, Report& report) -> std::optional<std::string> {
            if (!node.is_scalar() || !has_credentials(node.text())) return open.read(node, report);
            report.conceal(node.place());
            report.add(node.place(), fmt::format("{} must be a URL without a user or password", node.title()),
                       "URLs are shown to people, in metrics and on pages");
            return std::nullopt;
          },
          [open] { return open.describe(); }};
}

Kind<std::string> endpoint() {
  return judged([](const std::string& text) { return trouble_with_endpoint(text); },
                "an address such as 127.0.0.1:8080",
                text_schema({}, {}, "^(unix:/.+|\\[[0-9a-fA-F:.%]+\\]:[0-9]{1,5}|[^:/\\s]+:[0-9]{1,5})$"));
}

Kind<std::string> path() {
  return judged(
      [](const std::string& text) -> std::optional<std::string> {
        if (!text.starts_with('/')) return "an absolute path, beginning with /";
        if (text.size() > 4095) return "a path of at most 4095 bytes";
        return std::nullopt;
      },
      "an absolute path", text_schema({}, {}, "^/"));
}

Kind<std::string> or_none(Kind<std::string> kind) {
  return {[kind](const Node& node, Report& report) -> std::optional<std::string> {
            if (node.is_scalar() && node.text() == "none") return std::string();
            return kind.read(node, report);
          },
          [kind] { return any_of_schema({choice_schema({"none"}), kind.describe()}); }};
}

namespace {

std::string_view pattern_of(Names names) {
  switch (names) {
    case Names::any: return "^.+$";
    case Names::slug: return "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
    case Names::label: return "^[A-Za-z_][A-Za-z0-9_]*$";
  }
  return "";
}

}  // namespace

namespace detail {

std::optional<std::size_t> read_choice(const std::vector<std::string>& words, const Node& node,
                                       Report& report) {
  if (node.is_scalar()) {
    const auto found = std::find(words.begin(), words.end(), node.text());
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) all += i + 1 == words.size() ? " or " : ", ";
    all += words[i];
  }
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const auto* begin = candidates.data();
  const std::string_view meant =
      node.is_scalar() ? core::nearest(node.text(), begin, begin + candidates.size()) : std::string_view();
  report.wrong(node, all, meant.empty() ? "" : fmt::format("did you mean {}?", meant));
  return std::nullopt;
}

bool check_list(const Node& node, Report& report, std::size_t least, std::size_t most) {
  if (!node.is_list()) {
    report.wrong(node, "a list",
                 node.is_scalar() ? "write [one, two], or each on a line that begins with -" : "");
    return false;
  }
  const std::size_t count = node.items().size();
  if (count >= least && count <= most) return true;
  report.add(node.place(),
             count < least ? fmt::format("{} needs at least {}, and has {}", node.title(), least, count)
                           : fmt::format("{} may hold at most {}, and has {}", node.title(), most, count));
  return false;
}

bool check_map(const Node& node, Report& report, Names names) {
  if (!node.is_mapping()) {
    report.wrong(node, "a mapping");
    return false;
  }
  bool fine = true;
  for (const Entry& entry : node.entries()) {
    if (may_be_named(entry.key, names)) continue;
    report.add(entry.place, fmt::format("the name \"{}\" must be {}", entry.key, rule_of(names)));
    fine = false;
  }
  return fine;
}

Describe describe_choice(std::vector<std::string> words) {
  return [words = std::move(words)] { return choice_schema(words); };
}

Describe describe_list(Describe item, std::size_t least, std::size_t most) {
  return [item = std::move(item), least, most] { return list_schema(item(), least, most); };
}

Describe describe_map(Describe value, Names names) {
  return [value = std::move(value), names] { return map_schema(value(), pattern_of(names)); };
}

Describe describe_any_of(Describe one, Describe other) {
  return [one = std::move(one), other = std::move(other)] { return any_of_schema({one(), other()}); };
}

}  // namespace detail
}  // namespace outrider::config
