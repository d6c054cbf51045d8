// Every command, option and example, once: the parser, the help and the shell completions are made from it.
#pragma once

#include <string_view>
#include <vector>

namespace outrider::cli {

struct Option {
  std::string_view name;                  // "reason": --reason
  std::string_view letter;                // "r": -r; empty: none
  std::string_view value;                 // "TEXT"; empty: a flag
  std::string_view help;                  // one line
  std::vector<std::string_view> choices;  // of the value; empty: any
  bool required = false;
  bool is_file = false;  // the shell completes paths
};

struct CommandEntry {
  std::string_view name;
  std::string_view help;
  std::string_view example;
  std::vector<Option> options;
  std::string_view argument;                // "SHELL"; empty: takes none
  std::vector<std::string_view> arguments;  // what it may be
  bool argument_optional = false;
  std::string_view file{};   // "FILE": a second word, a path, that some arguments take; empty: none does
  std::string_view words{};  // "POINT": as many as one likes, `arguments` among them; empty: none
};

const std::vector<CommandEntry>& commands();
const std::vector<Option>& global_options();

}  // namespace outrider::cli
