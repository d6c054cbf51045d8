#include "agent/actuators/command/command.hpp"

#include "agent/async/race.hpp"
#include "agent/os/tool.hpp"

#include <utility>

#include <fmt/core.h>

namespace outrider::actuators::command {
namespace {

using core::Outcome;
using core::Task;

constexpr std::uint64_t kept_output_bytes = 4096;
constexpr core::Duration look_again_after = std::chrono::milliseconds(200);

// What init scripts have answered to `status` since the LSB: 0 runs; 1, 2 and 3 does not; all else is no
// answer.
enum class Answer { runs, does_not_run, none };

Answer answer_of(const os::Exit& exit) {
  if (!exit.exited) return Answer::none;
  if (exit.code == 0) return Answer::runs;
  return exit.code <= 3 ? Answer::does_not_run : Answer::none;
}

class CommandPlace final : public Place {
 public:
  CommandPlace(const Tools& tools, Settings settings, const Surroundings& surroundings)
      : tools_(tools), settings_(std::move(settings)), surroundings_(surroundings) {}

  Task<Outcome<Seen>> look() override {
    const std::string cannot = "cannot tell whether " + target() + " runs";
    auto running = run(settings_.status);
    const auto result = co_await std::move(running);
    if (!result) co_return core::fail(cannot, result.error());
    const Answer answer = answer_of(result->exit);
    if (answer == Answer::none) {
      co_return core::fail(os::tool_error(cannot, settings_.status.front(), *result,
                                          "`status` must exit with 0 when it runs, with 1 to 3 when not"));
    }
    Seen seen;
    seen.runs = answer == Answer::runs;
    seen.sentence = fmt::format("is {}running", seen.runs ? "" : "not ");
    const std::string words = result->last_words();
    if (!words.empty()) seen.sentence += ": " + words;
    seen.how.unknown = true;
    seen.how.detail = fmt::format("status {}{}{}", result->exit.sentence(), words.empty() ? "" : ": ", words);
    co_return seen;
  }

  Task<void> news() override { co_await tools_.clock.sleep(settings_.every); }

  Task<Outcome<>> start() override {
    auto starting = carry_out("start", settings_.start);
    Outcome<> done = co_await std::move(starting);
    if (!done) co_return done;
    std::string doing = "waiting until " + target() + " runs";
    auto up = until_it_runs();
    co_return co_await async::with_deadline(tools_.clock, settings_.timeout, std::move(doing), std::move(up));
  }

  Task<Outcome<>> stop() override { return carry_out("stop", settings_.stop); }

  Task<Outcome<>> kill() override {
    if (settings_.kill.empty()) return cannot_kill();
    return carry_out("kill", settings_.kill);
  }

  Task<Outcome<>> signal(int) override { return no_signals(); }

  bool can_restart() const override { return !settings_.restart.empty(); }
  Task<Outcome<>> restart() override { return carry_out("restart", settings_.restart); }

  std::string target() const override { return "the service of " + settings_.start.front(); }
  std::string manager() const override {
    return settings_.restart.empty() ? "its commands" : settings_.restart.front();
  }

 private:
  Task<Outcome<os::ToolResult>> run(const Argv& argv) {
    os::Command command;
    command.argv = argv;
    command.directory = surroundings_.directory;
    for (const auto& [name, value] : surroundings_.environment)
      command.environment.push_back(fmt::format("{}={}", name, value));
    return os::run_tool(tools_.processes, tools_.clock, std::move(command), settings_.timeout,
                        kept_output_bytes, [](std::string_view, bool) {});
  }

  Task<Outcome<>> carry_out(std::string verb, Argv argv) {
    const std::string cannot = fmt::format("cannot {} {}", verb, target());
    auto running = run(argv);
    const auto result = co_await std::move(running);
    if (!result) co_return core::fail(cannot, result.error());
    if (!result->exit.succeeded()) co_return core::fail(os::tool_error(cannot, argv.front(), *result));
    co_return Outcome<>();
  }

  // Scripts return when they have begun to start it, not when it runs.
  Task<Outcome<>> until_it_runs() {
    for (;;) {
      auto seen = co_await look();
      if (!seen) co_return core::fail(seen.error());
      if (seen->runs) co_return Outcome<>();
      co_await tools_.clock.sleep(look_again_after);
    }
  }

  static Task<Outcome<>> no_signals() {
    co_return core::fail(core::Errc::unsupported,
                         "cannot send a signal: the service is known by its commands only");
  }
  Task<Outcome<>> cannot_kill() {
    co_return core::fail(core::Errc::unsupported, "cannot kill " + target() + ": no command `kill` is given",
                         "add `kill:` beside `stop:`");
  }

  Tools tools_;
  Settings settings_;
  Surroundings surroundings_;
};

}  // namespace

std::unique_ptr<Place> make_place(const Tools& tools, Settings settings, const Surroundings& surroundings) {
  return std::make_unique<CommandPlace>(tools, std::move(settings), surroundings);
}

}  // namespace outrider::actuators::command
