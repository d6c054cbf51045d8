// What may be shown of what a program, or a server's log, has said.
#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/archiving/command.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace outrider::recovery {
namespace {

constexpr std::size_t most_lines = 6;
constexpr std::size_t most_shown_bytes = 800;
constexpr std::string_view left_out = "***";

bool is_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

bool holds_one_of(std::string_view name, std::initializer_list<std::string_view> parts) {
  std::string small(name);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return small.find(part) != std::string::npos; });
}

bool is_secret(std::string_view name) {
  return name == "sig" || holds_one_of(name, {"pass", "pwd", "secret", "token", "key", "credential",
                                              "signature", "auth", "sas"});
}

// Where the value ends that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const auto end = text.find(text[at], at + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  return std::min(text.find_first_of(" \t\r\n\"',;&|", at), text.size());
}

// Of "user:password@host" behind "//": how much of it is user and password; nothing when there is none.
std::optional<std::size_t> userinfo(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?# \t\r\n\"'"));
  const auto sign = authority.rfind('@');
  if (sign == std::string_view::npos) return std::nullopt;
  return sign;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::string_view line = core::take_line(text);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
      line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// Two blanks follow each of these in a server's log, whatever its prefix.
bool is_of_the_server(std::string_view line) {
  for (const std::string_view mark : {"LOG:  ", "DETAIL:  ", "HINT:  ", "WARNING:  ", "ERROR:  ", "FATAL:  ",
                                      "STATEMENT:  ", "CONTEXT:  ", "PANIC:  ", "NOTICE:  "}) {
    if (line.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

std::string in_one_line(const std::vector<std::string_view>& lines) {
  std::string joined;
  for (std::size_t i = lines.size() - std::min(lines.size(), most_lines); i < lines.size(); ++i)
    joined += (joined.empty() ? "" : " / ") + without_secrets(lines[i]);
  if (joined.size() > most_shown_bytes) joined = "… " + joined.substr(joined.size() - most_shown_bytes);
  joined = core::clean_utf8(joined);
  std::replace_if(joined.begin(), joined.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return joined;
}

}  // namespace

std::string without_secrets(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    shown += name;
    at = end;
    if (at == text.size()) break;
    const char sign = text[at];
    const bool option = name.starts_with("--") && sign == ' ' && is_secret(name);
    const bool header = sign == ':' && text.substr(at).starts_with(": ") &&
                        holds_one_of(name, {"pass", "secret", "token", "authorization"});
    shown += sign;
    ++at;
    if ((sign == '=' && is_secret(name)) || option) {
      at = end_of_value(text, at);
      shown += left_out;
    } else if (header) {
      at = std::min(text.find('\n', at), text.size());
      shown += ' ';
      shown += left_out;
    } else if (sign == ':' && text.substr(at).starts_with("//")) {
      shown += "//";
      at += 2;
      if (const auto whom = userinfo(text.substr(at))) {
        shown += left_out;
        at += *whom;
      }
    }
  }
  return shown;
}

std::string shown_words(std::string_view said) {
  std::vector<std::string_view> lines = lines_of(said);
  // What goes before the error was no trouble, and takes its place away.
  const auto error = std::find_if(lines.rbegin(), lines.rend(), [](std::string_view line) {
    return line.find("ERROR") != std::string_view::npos;
  });
  if (error != lines.rend()) lines.erase(lines.begin(), error.base() - 1);
  return in_one_line(lines);
}

std::string words_in_log(std::string_view tail) {
  const std::vector<std::string_view> lines = lines_of(tail);
  const auto failed = std::find_if(lines.rbegin(), lines.rend(), [](std::string_view line) {
    return line.find("archive command failed") != std::string_view::npos ||
           line.find("archive command was terminated") != std::string_view::npos;
  });
  if (failed == lines.rend()) return {};
  std::vector<std::string_view> about;
  for (auto line = failed + 1; line != lines.rend() && about.size() + 1 < most_lines; ++line) {
    if (is_of_the_server(*line)) break;
    about.insert(about.begin(), *line);
  }
  about.push_back(*failed);
  return in_one_line(about);
}

}  // namespace outrider::recovery
