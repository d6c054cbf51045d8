// argv, read: either a command with its values, or what to print and the exit code.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::cli {

struct Line {
  std::string command;
  std::string argument;
  std::string file;
  std::vector<std::string> words;
  std::map<std::string, std::string, std::less<>> values;
  std::set<std::string, std::less<>> flags;

  std::optional<std::string> value(std::string_view name) const;
  bool flag(std::string_view name) const { return flags.contains(name); }
  bool json() const { return value("output") == "json"; }
};

struct Parsed {
  std::optional<Line> line;  // empty: say `message` and end with `code`
  std::string message;
  int code = 0;
};

Parsed parse(int argc, const char* const* argv, const std::string& version);

}  // namespace outrider::cli
