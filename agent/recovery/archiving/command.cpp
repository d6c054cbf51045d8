#include "agent/recovery/archiving/command.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using Words = std::vector<std::string>;

struct Known {
  std::string_view program;
  std::string_view verb;  // among its words; empty: it has none
  ByHand by_hand;
};

// pgBackRest and WAL-G compare with what is there; what Barman gets twice it counts as an error, but its
// programs can test the way without sending anything.
constexpr std::array known{
    Known{"pgbackrest", "archive-push", ByHand::push}, Known{"wal-g", "wal-push", ByHand::push},
    Known{"barman-wal-archive", "", ByHand::test}, Known{"barman-cloud-wal-archive", "", ByHand::test}};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// The words of a command without any of the shell's own powers; nothing when it has some.
std::optional<Words> plain_words(std::string_view text) {
  constexpr std::string_view powers = "|&;<>()$`*?[]{}~#!\\\n\r";
  Words words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (quote == '"' && (c == '$' || c == '`' || c == '\\'))
        return std::nullopt;
      else
        *word += c;
    } else if (is_blank(c)) {
      if (word) words.push_back(std::move(*word));
      word.reset();
    } else if (powers.find(c) != std::string_view::npos) {
      return std::nullopt;
    } else {
      if (!word) word.emplace();
      if (c == '\'' || c == '"')
        quote = c;
      else
        *word += c;
    }
  }
  if (quote != 0) return std::nullopt;
  if (word) words.push_back(std::move(*word));
  return words;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0 || (word[0] >= '0' && word[0] <= '9')) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::size_t behind_options(const Words& words, std::size_t at) {
  while (at < words.size() && words[at].starts_with("-")) at += words[at].size() == 2 ? 2 : 1;
  return at;
}

// Behind what only changes the circumstances: env A=b, envdir D, nice -n 5, timeout 60.
std::size_t program_in(const Words& words) {
  std::size_t at = 0;
  while (at < words.size()) {
    const std::string_view name = base_name(words[at]);
    if (name == "env" || is_assignment(words[at]))
      ++at;
    else if (name == "envdir")
      at += 2;
    else if (name == "nice" || name == "ionice")
      at = behind_options(words, at + 1);
    else if (name == "timeout")
      at = behind_options(words, at + 1) + 1;
    else
      break;
  }
  return std::min(at, words.size());
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string why_only_told(std::string_view text, std::string_view tool) {
  for (const std::string_view refusal : {"! -f", "! -e", "cp -n", "cp --no-clobber", "-ef ", "mv -n"}) {
    if (has(text, refusal))
      return "it refuses a file that is there already: once it has succeeded by hand, PostgreSQL's own try "
             "would fail for ever";
  }
  if (!tool.empty()) return fmt::format("what a second run of {} does cannot be told", tool);
  return "it is a shell script of its own, and what a second run of it does cannot be told";
}

ArchiveCommand explained(std::string tool, std::string why) {
  ArchiveCommand command;
  command.tool = std::move(tool);
  command.why_not = std::move(why);
  return command;
}

// The tool's own ways of doing it later, in another process, would look where the copy is not.
void do_it_at_once(Words& words, std::size_t program) {
  std::erase_if(words, [](const std::string& word) {
    return word.starts_with("--archive-async") || word == "--no-archive-async";
  });
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(program) + 1, "--no-archive-async");
}

}  // namespace

ArchiveCommand read_archive_command(std::string_view text) {
  auto words = plain_words(text);
  if (!words) return explained("", why_only_told(text, ""));
  ArchiveCommand command;
  while (!words->empty() && (is_assignment(words->front()) || words->front() == "exec")) {
    if (words->front() != "exec") command.environment.push_back(words->front());
    words->erase(words->begin());
  }
  const std::size_t program = program_in(*words);
  if (program >= words->size()) return explained("", "it names no program");
  const std::string tool(base_name((*words)[program]));
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Known& one) { return one.program == tool; });
  if (found == known.end()) return explained(tool, why_only_told(text, tool));
  const auto count = [&](std::string_view word) { return std::count(words->begin(), words->end(), word); };
  if (!found->verb.empty() && count(found->verb) != 1)
    return explained(tool, fmt::format("it is no {} {}", tool, found->verb));
  if (count("%p") != 1) return explained(tool, "it is not told the segment as %p, in a word of its own");
  if (tool == "pgbackrest") do_it_at_once(*words, program);
  if (found->by_hand == ByHand::test)
    words->insert(words->begin() + static_cast<std::ptrdiff_t>(program) + 1, "--test");
  command.by_hand = found->by_hand;
  command.tool = tool;
  command.argv = std::move(*words);
  return command;
}

std::string filled_in(std::string_view text, std::string_view path, std::string_view file) {
  std::string filled;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = text[at] == '%' && at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == 'p')
      filled += path;
    else if (next == 'f')
      filled += file;
    else
      filled += text[at];
    if (next == 'p' || next == 'f' || next == '%') ++at;
  }
  return filled;
}

}  // namespace outrider::recovery
