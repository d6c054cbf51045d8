// Where a command writes to, and what it may know of its surroundings. Colour is a courtesy: never the only
// carrier of a meaning, and gone under NO_COLOR, in a pipe, or with --color never.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace outrider::cli {

enum class Paint { plain, good, bad, doubtful, faint, strong };

class Terminal {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string&)>;

  Terminal(std::ostream& out, std::ostream& err, Lookup environment, bool colour)
      : out_(out), err_(err), environment_(std::move(environment)), colour_(colour) {}

  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }

  // The value of an environment variable; empty counts as absent.
  std::optional<std::string> variable(const std::string& name) const { return environment_(name); }

  bool colour() const { return colour_; }
  void set_colour(bool on) { colour_ = on; }

  // `text` made safe to show and, where colour is on, wrapped in it.
  std::string paint(Paint paint, std::string_view text) const;

 private:
  std::ostream& out_;
  std::ostream& err_;
  Lookup environment_;
  bool colour_;
};

// Standard output and error, the process's environment, colour where a person is looking.
Terminal standard_terminal();

// Control characters as visible escapes: what a child or a peer wrote must not command the terminal.
std::string printable(std::string_view text);

}  // namespace outrider::cli
