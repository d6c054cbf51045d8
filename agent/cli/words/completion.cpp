#include "agent/cli/words/completion.hpp"

#include "agent/cli/words/command_table.hpp"

#include <fmt/core.h>

namespace outrider::cli {
namespace {

template <class Items>
std::string joined(const Items& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : " ") + std::string(item);
  return text;
}

std::string command_names() {
  std::vector<std::string_view> names;
  for (const CommandEntry& entry : commands()) names.push_back(entry.name);
  return joined(names);
}

std::string option_words(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) text += fmt::format(" --{}", option.name);
  return text;
}

// Within single quotes of a shell.
std::string quoted(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe;
}

std::string bash_values(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    std::string patterns = fmt::format("--{}", option.name);
    if (!option.letter.empty()) patterns += fmt::format("|-{}", option.letter);
    if (!option.choices.empty()) {
      text += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return;;\n", patterns,
                          joined(option.choices));
    } else if (option.is_file) {
      text += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$word\")); return;;\n", patterns);
    } else if (!option.value.empty()) {
      text += fmt::format("    {}) return;;\n", patterns);
    }
  }
  return text;
}

bool takes_files(const CommandEntry& entry) { return !entry.file.empty() || entry.words == "FILE"; }

std::string bash() {
  std::string values = bash_values(global_options());
  std::string cases;
  for (const CommandEntry& entry : commands()) {
    values += bash_values(entry.options);
    cases += fmt::format("    {}) words='{}{}{} --help'{};;\n", entry.name, joined(entry.arguments),
                         option_words(entry.options), option_words(global_options()),
                         takes_files(entry) ? "; files=yes" : "");
  }
  return fmt::format(R"(# bash completion for outrider
_outrider() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= words= files= i
  case $before in
{}  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case " {} " in *" ${{COMP_WORDS[i]}} "*) command=${{COMP_WORDS[i]}}; break;; esac
  done
  case $command in
{}    *) words='{}{} --help --version';;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word") ${{files:+$(compgen -f -- "$word")}})
}}
complete -F _outrider outrider
)",
                     values, command_names(), cases, command_names(), option_words(global_options()));
}

std::string zsh_option(const Option& option) {
  std::string action;
  if (!option.choices.empty()) action = ":" + std::string(option.value) + ":(" + joined(option.choices) + ")";
  if (option.choices.empty() && !option.value.empty()) {
    action = ":" + std::string(option.value) + ":" + (option.is_file ? "_files" : "");
  }
  std::string help;
  for (const char c : option.help) {
    if (c == '[' || c == ']' || c == ':') help += '\\';
    help += c;
  }
  return fmt::format("      '--{}[{}]{}'", option.name, quoted(help), quoted(action));
}

std::string zsh() {
  std::string described;
  std::string cases;
  std::string global;
  for (const Option& option : global_options()) global += " \\\n" + zsh_option(option);
  for (const CommandEntry& entry : commands()) {
    described += fmt::format("    '{}:{}'\n", entry.name, quoted(entry.help));
    cases += fmt::format("    {}) _arguments", entry.name);
    if (!entry.argument.empty()) {
      cases += fmt::format(" \\\n      '1:{}:({})'", entry.argument, joined(entry.arguments));
      if (!entry.file.empty()) cases += fmt::format(" \\\n      '2:{}:_files'", entry.file);
    }
    if (!entry.words.empty()) {
      const std::string what = takes_files(entry) ? "_files" : "(" + joined(entry.arguments) + ")";
      cases += fmt::format(" \\\n      '*:{}:{}'", entry.words, what);
    }
    for (const Option& option : entry.options) cases += " \\\n" + zsh_option(option);
    cases += global + ";;\n";
  }
  return fmt::format(R"(#compdef outrider
_outrider() {{
  local -a known
  known=(
{}  )
  local line state
  _arguments -C{} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command known;;
    rest) case $line[1] in
{}    esac;;
  esac
}}
compdef _outrider outrider
)",
                     described, global, cases);
}

std::string fish_option(const Option& option, std::string_view condition) {
  std::string text = fmt::format("complete -c outrider{} -l {}", condition, option.name);
  if (!option.letter.empty()) text += fmt::format(" -s {}", option.letter);
  if (!option.choices.empty()) {
    text += fmt::format(" -x -a '{}'", joined(option.choices));
  } else if (!option.value.empty()) {
    text += option.is_file ? " -r -F" : " -x";
  }
  return text + fmt::format(" -d '{}'\n", quoted(option.help));
}

std::string fish() {
  std::string text = "# fish completion for outrider\ncomplete -c outrider -f\n";
  for (const Option& option : global_options()) text += fish_option(option, "");
  for (const CommandEntry& entry : commands()) {
    text += fmt::format("complete -c outrider -n __fish_use_subcommand -a {} -d '{}'\n", entry.name,
                        quoted(entry.help));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", entry.name);
    for (const Option& option : entry.options) text += fish_option(option, condition);
    if (!entry.argument.empty()) {
      text += fmt::format("complete -c outrider{}{} -a '{}'\n", condition, entry.file.empty() ? "" : " -F",
                          joined(entry.arguments));
    }
    if (!entry.words.empty()) {
      const std::string what = takes_files(entry) ? "-F" : "-a '" + joined(entry.arguments) + "'";
      text += fmt::format("complete -c outrider{} {}\n", condition, what);
    }
  }
  return text;
}

}  // namespace

std::string completion(std::string_view shell) {
  if (shell == "bash") return bash();
  return shell == "zsh" ? zsh() : fish();
}

}  // namespace outrider::cli
