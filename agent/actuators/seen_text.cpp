#include "agent/actuators/seen_text.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::actuators {
namespace {

constexpr std::string_view first_line = "seen 1";
constexpr std::size_t longest_text_bytes = 1000;

// One line, whatever was said.
std::string line_of(std::string_view text) {
  std::string line = core::clean_utf8(text.substr(0, longest_text_bytes));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

std::string write_seen(const Seen& seen) {
  const os::Exit& how = seen.how;
  const std::string before = seen.before.empty() ? "" : "before " + line_of(seen.before) + "\n";
  return fmt::format(
      "{}\nruns {:d}\ncomes_back {:d}\npid {}\nexited {:d}\ncode {}\nsignal {}\ncore_dumped {:d}\n"
      "out_of_memory {:d}\nunknown {:d}\nidentity {}\ndetail {}\n{}sentence {}\n",
      first_line, seen.runs, seen.comes_back, seen.pid, how.exited, how.code, how.signal, how.core_dumped,
      how.out_of_memory, how.unknown, line_of(seen.identity), line_of(how.detail), before,
      line_of(seen.sentence));
}

core::Outcome<Seen> read_seen(std::string_view text) {
  const auto broken = [] {
    return core::fail(core::Errc::corrupt, "what outrider-actuator says it has seen cannot be read");
  };
  if (core::take_line(text) != first_line) return broken();
  Seen seen;
  bool is_whole = false;
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return broken();
    const std::string_view key = line.substr(0, space);
    const std::string_view value = line.substr(space + 1);
    const bool is_text = key == "identity" || key == "detail" || key == "before" || key == "sentence";
    const auto number = core::read_number<std::int64_t>(value);
    if (!is_text && !number) return broken();
    if (key == "runs") seen.runs = *number != 0;
    if (key == "comes_back") seen.comes_back = *number != 0;
    if (key == "pid") seen.pid = *number;
    if (key == "exited") seen.how.exited = *number != 0;
    if (key == "code") seen.how.code = static_cast<int>(*number);
    if (key == "signal") seen.how.signal = static_cast<int>(*number);
    if (key == "core_dumped") seen.how.core_dumped = *number != 0;
    if (key == "out_of_memory") seen.how.out_of_memory = *number != 0;
    if (key == "unknown") seen.how.unknown = *number != 0;
    if (key == "identity") seen.identity = value;
    if (key == "detail") seen.how.detail = value;
    if (key == "before") seen.before = value;
    if (key == "sentence") seen.sentence = value;
    is_whole = key == "sentence";
  }
  if (!is_whole) return broken();
  return seen;
}

}  // namespace outrider::actuators
