#include "agent/cli/words/command_line.hpp"

#include "agent/cli/exit_code.hpp"
#include "agent/cli/words/command_table.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

std::string spelling(const Option& option) {
  std::string names = fmt::format("--{}", option.name);
  return option.letter.empty() ? names : fmt::format("-{},{}", option.letter, names);
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

void add_option(CLI::App& app, const Option& option, Line& line) {
  const std::string name(option.name);
  const std::string help(option.help);
  if (option.value.empty()) {
    app.add_flag_callback(spelling(option), [&line, name] { line.flags.insert(name); }, help);
    return;
  }
  auto* added = app.add_option_function<std::string>(
      spelling(option), [&line, name](const std::string& value) { line.values[name] = value; }, help);
  added->type_name(std::string(option.value))->required(option.required);
  if (!option.choices.empty()) added->check(CLI::IsMember(strings(option.choices)));
}

void add_command(CLI::App& app, const CommandEntry& entry, Line& line) {
  auto* command = app.add_subcommand(std::string(entry.name), std::string(entry.help));
  command->footer(fmt::format("Example:\n  {}\n\nEverywhere: --config FILE, --output text|json, --color WHEN",
                              entry.example));
  for (const Option& option : entry.options) add_option(*command, option, line);
  if (!entry.argument.empty()) {
    command->add_option(std::string(entry.argument), line.argument)
        ->required(!entry.argument_optional)
        ->check(CLI::IsMember(strings(entry.arguments)))
        ->type_name("");
  }
  if (!entry.file.empty()) command->add_option(std::string(entry.file), line.file)->type_name("");
  if (!entry.words.empty()) command->add_option(std::string(entry.words), line.words)->type_name("");
  const std::string name(entry.name);
  command->callback([&line, name] { line.command = name; });
}

std::string_view nearest_of(std::string_view typed, const std::vector<std::string_view>& candidates) {
  return core::nearest(typed, candidates.data(), candidates.data() + candidates.size());
}

// The command that was typed, known or not: the first word that is neither an option nor an option's value.
std::string_view typed_command(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with('-')) return word;
    for (const Option& option : global_options()) {
      const bool takes_next = word == fmt::format("--{}", option.name) ||
                              (!option.letter.empty() && word == fmt::format("-{}", option.letter));
      if (takes_next) ++i;
    }
  }
  return {};
}

const CommandEntry* find_command(std::string_view name) {
  const auto& all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const CommandEntry& entry) { return entry.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string unknown_command(std::string_view typed) {
  std::vector<std::string_view> names;
  for (const CommandEntry& entry : commands()) names.push_back(entry.name);
  const std::string_view meant = nearest_of(typed, names);
  return fmt::format(
      "outrider: cannot find the command \"{}\"\n{}\n", core::clean_utf8(typed),
      meant.empty() ? "hint: outrider --help lists them" : fmt::format("hint: did you mean \"{}\"?", meant));
}

std::string option_hint(const CommandEntry* entry, int argc, const char* const* argv) {
  std::vector<std::string_view> names{"help", "version"};
  for (const Option& option : global_options()) names.push_back(option.name);
  if (entry != nullptr) {
    for (const Option& option : entry->options) names.push_back(option.name);
  }
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (!word.starts_with("--")) continue;
    word = word.substr(2, word.find('=') == std::string_view::npos ? word.npos : word.find('=') - 2);
    if (std::find(names.begin(), names.end(), word) != names.end()) continue;
    const std::string_view meant = nearest_of(word, names);
    if (!meant.empty()) return fmt::format("hint: did you mean --{}?", meant);
  }
  return entry == nullptr ? "hint: outrider --help" : fmt::format("hint: outrider {} --help", entry->name);
}

Parsed usage(std::string message) { return {std::nullopt, std::move(message), exit_usage}; }

}  // namespace

std::optional<std::string> Line::value(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

Parsed parse(int argc, const char* const* argv, const std::string& version) {
  Parsed parsed;
  Line line;
  CLI::App app("outrider: one companion beside a service. It supervises, watches, carries and proves.",
               "outrider");
  app.set_help_flag("-h,--help", "what there is, with an example");
  app.set_version_flag("--version", "outrider " + version);
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 fine, 1 warning, 2 critical, 3 unknown, 64 usage, 78 bad configuration.\n"
      "outrider COMMAND --help shows an example of each.");
  for (const Option& option : global_options()) add_option(app, option, line);
  for (const CommandEntry& entry : commands()) add_command(app, entry, line);

  const std::string_view typed = typed_command(argc, argv);
  const CommandEntry* const entry = find_command(typed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return {std::nullopt, chosen.empty() ? app.help() : chosen.front()->help(), exit_ok};
  } catch (const CLI::CallForVersion&) {
    return {std::nullopt, "outrider " + version + "\n", exit_ok};
  } catch (const CLI::ParseError& problem) {
    if (argc <= 1) return usage(app.help());
    if (!typed.empty() && entry == nullptr) return usage(unknown_command(typed));
    return usage(fmt::format("outrider: {}\n{}\n", problem.what(), option_hint(entry, argc, argv)));
  }
  parsed.line = std::move(line);
  return parsed;
}

}  // namespace outrider::cli
