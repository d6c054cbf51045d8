#include "agent/os/tool.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

namespace outrider::os {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t block_bytes = 64 * 1024;
constexpr std::uint64_t kept_error_bytes = 16 * 1024;
constexpr std::size_t longest_line_bytes = 8 * 1024;
constexpr core::Duration afterthought = 1s;  // for output still in the pipe when the program has ended

// One of the program's two pipes, and what is kept of what came out of it.
struct Ear {
  std::unique_ptr<ByteSource> source;
  std::uint64_t most_bytes = 0;
  bool keeps_the_end = false;  // else more than `most_bytes` is too much
  bool from_errors = false;
  const LineListener* on_line = nullptr;
  std::string heard;
  std::string line;  // not yet ended
  bool too_much = false;

  void take(std::string_view piece) {
    if (on_line != nullptr) tell(piece);
    heard.append(piece);
    if (heard.size() <= most_bytes) return;
    too_much = !keeps_the_end;
    // The end is cut out only now and then, so that each byte is moved about once.
    if (keeps_the_end && heard.size() > 2 * most_bytes + block_bytes)
      heard.erase(0, heard.size() - most_bytes);
  }

  void tell(std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::size_t room = longest_line_bytes - line.size();
      const std::size_t taken = std::min({end, room, piece.size()});
      line.append(piece.substr(0, taken));
      piece.remove_prefix(taken);
      if (end == taken) piece.remove_prefix(1);
      if (end == taken || line.size() == longest_line_bytes) end_line();
    }
  }

  void end_line() {
    (*on_line)(line, from_errors);
    line.clear();
  }

  void finish() {
    if (on_line != nullptr && !line.empty()) end_line();
    if (heard.size() > most_bytes) heard.erase(0, heard.size() - most_bytes);
  }
};

core::Task<void> listen(Ear& ear) {
  std::vector<char> block(block_bytes);
  while (ear.source && !ear.too_much) {
    const core::Outcome<std::size_t> got = co_await ear.source->read(block);
    if (!got || *got == 0) {
      ear.source.reset();
      co_return;
    }
    ear.take(std::string_view(block.data(), *got));
    co_await async::yield_turn();
  }
}

core::Task<void> listen_to_both(Ear& output, Ear& errors) {
  co_await listen(output);
  co_await listen(errors);
}

// Ends the race only when it has heard too much: the output's end is not the program's.
core::Task<void> listen_and_stay(Ear& ear, core::Clock& clock) {
  co_await listen(ear);
  while (!ear.too_much) co_await clock.sleep(1h);
}

core::Task<void> wait_for(Process& process, std::optional<Exit>& exit) { exit = co_await process.wait(); }

std::string last_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) return {};
    text = text.substr(0, last + 1);
    const std::size_t start = text.rfind('\n');
    const std::string_view line = start == std::string_view::npos ? text : text.substr(start + 1);
    constexpr std::size_t shown_bytes = 500;
    const std::size_t first = line.find_first_not_of(" \t");
    return core::clean_utf8(line.substr(first, shown_bytes));
  }
  return {};
}

std::string short_name(std::string_view program) {
  const std::size_t slash = program.rfind('/');
  return std::string(slash == std::string_view::npos ? program : program.substr(slash + 1));
}

// The process lives in this coroutine: whatever ends it, the deadline too, takes the whole group along.
core::Task<core::Outcome<Exit>> run(Processes& processes, core::Clock& clock, Command command, Ear& output,
                                    Ear& errors) {
  const std::string name = command.argv.empty() ? "nothing" : short_name(command.argv.front());
  core::Outcome<std::unique_ptr<Process>> started = co_await processes.start(std::move(command));
  if (!started) co_return core::fail(started.error());
  const std::unique_ptr<Process> process = std::move(*started);
  output.source = process->take_output();
  errors.source = process->take_errors();

  std::optional<Exit> exit;
  std::vector<core::Task<void>> runners;
  runners.push_back(wait_for(*process, exit));
  runners.push_back(listen_and_stay(output, clock));
  runners.push_back(listen_and_stay(errors, clock));
  co_await async::race_all(std::move(runners));

  // What it left running in its group would hold the pipes, and is nobody's child any more.
  (void)process->signal_group(SIGKILL);
  if (exit && !output.too_much) {
    core::Task<void> rest = listen_to_both(output, errors);
    co_await async::finish_within(clock, afterthought, std::move(rest));
  }
  if (output.too_much) {
    co_return core::fail(core::Errc::exhausted,
                         name + " wrote more than " + core::show_bytes(output.most_bytes) + " of output");
  }
  co_return *exit;
}

core::Task<core::Outcome<ToolResult>> listen_to(Processes& processes, core::Clock& clock, Command command,
                                                core::Duration limit, Ear output,
                                                const LineListener* on_line) {
  const std::string name = command.argv.empty() ? "nothing" : short_name(command.argv.front());
  command.capture_output = true;
  command.die_with_agent = true;
  Ear errors;
  errors.most_bytes = kept_error_bytes;
  errors.keeps_the_end = errors.from_errors = true;
  output.on_line = errors.on_line = on_line;
  core::Task<core::Outcome<Exit>> running = run(processes, clock, std::move(command), output, errors);
  std::optional<core::Outcome<Exit>> ended = co_await async::with_deadline(clock, limit, std::move(running));
  output.finish();
  errors.finish();
  if (ended && !*ended) co_return core::fail(ended->error());
  ToolResult result;
  result.output = std::move(output.heard);
  result.errors = std::move(errors.heard);
  if (!ended) {
    const std::string words = result.last_words();
    co_return core::fail(core::Errc::timed_out, name + " did not end within " + core::show_duration(limit) +
                                                    (words.empty() ? "" : ": " + words));
  }
  result.exit = **ended;
  co_return result;
}

}  // namespace

std::string ToolResult::last_words() const {
  std::string words = last_line(errors);
  return words.empty() ? last_line(output) : words;
}

core::Task<core::Outcome<ToolResult>> run_tool(Processes& processes, core::Clock& clock, Command command,
                                               core::Duration limit, std::uint64_t most_output_bytes) {
  Ear output;
  output.most_bytes = most_output_bytes;
  co_return co_await listen_to(processes, clock, std::move(command), limit, std::move(output), nullptr);
}

core::Task<core::Outcome<ToolResult>> run_tool(Processes& processes, core::Clock& clock, Command command,
                                               core::Duration limit, std::uint64_t kept_output_bytes,
                                               LineListener on_line) {
  Ear output;
  output.most_bytes = kept_output_bytes;
  output.keeps_the_end = true;
  co_return co_await listen_to(processes, clock, std::move(command), limit, std::move(output), &on_line);
}

core::Error tool_error(std::string_view doing, std::string_view tool, const ToolResult& result,
                       std::string hint) {
  const std::string words = result.last_words();
  std::string what = std::string(doing) + ": " + short_name(tool) + " " + result.exit.sentence();
  if (!words.empty()) what += ": " + words;
  return core::Error(core::Errc::refused, std::move(what), std::move(hint));
}

}  // namespace outrider::os
