#include "agent/tail/files/glob.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace outrider::tail {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (!name.empty()) names.emplace_back(name);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return names;
}

// `at` stands after the [. Whether `c` is in the set; `at` is moved behind it. Nothing when it has no end:
// then the bracket is meant as it is.
std::optional<bool> in_set(std::string_view pattern, std::size_t& at, char c) {
  std::size_t i = at;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (const std::size_t first = i; i < pattern.size() && (pattern[i] != ']' || i == first); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const bool range = i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']';
    const char last = range ? pattern[i + 2] : pattern[i];
    if (pattern[i] <= c && c <= last) found = true;
    if (range) i += 2;
  }
  if (i >= pattern.size()) return std::nullopt;
  at = i + 1;
  return found != negated;
}

// One character of the name against one element of the pattern, which `at` is moved behind.
bool meets(std::string_view pattern, std::size_t& at, char c) {
  const char element = pattern[at++];
  if (element == '?') return true;
  if (element == '[') {
    if (const auto met = in_set(pattern, at, c)) return *met;
  } else if (element == '\\' && at < pattern.size()) {
    return pattern[at++] == c;
  }
  return element == c;
}

bool paths_match(const std::vector<std::string>& patterns, std::size_t p,
                 const std::vector<std::string>& names, std::size_t n) {
  for (; p < patterns.size(); ++p, ++n) {
    if (patterns[p] == "**") {
      for (std::size_t rest = n; rest <= names.size(); ++rest) {
        if (paths_match(patterns, p + 1, names, rest)) return true;
        if (rest < names.size() && names[rest].starts_with('.')) return false;
      }
      return false;
    }
    if (n == names.size() || !name_matches(patterns[p], names[n])) return false;
  }
  return n == names.size();
}

}  // namespace

Glob::Glob(std::string pattern) : text_(std::move(pattern)), names_(split(text_)) {
  // Two in a row say what one says, and would take for ever.
  std::erase_if(names_, [last = std::string()](const std::string& name) mutable {
    const bool again = name == "**" && last == "**";
    last = name;
    return again;
  });
}

bool Glob::matches(std::string_view path) const { return paths_match(names_, 0, split(path), 0); }

bool is_pattern(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

bool name_matches(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\.")) return false;
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, star_name = 0;  // where to take up again
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && meets(pattern, p, name[n])) {
      ++n;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string unescaped(std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 1 < name.size()) ++i;
    plain += name[i];
  }
  return plain;
}

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string joined(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

}  // namespace outrider::tail
