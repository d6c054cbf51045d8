#include "agent/probes/exec/exec_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/probes/trouble.hpp"

#include <array>
#include <utility>

#include <signal.h>

namespace outrider::probes::exec {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kept_bytes = 4096;
constexpr core::Duration afterthought = 100ms;  // for output still in the pipe when the program has ended

// One of the program's two pipes, and the beginning of what came out of it.
struct Ear {
  std::unique_ptr<os::ByteSource> source;
  std::string heard;
};

// Reads to the end, keeping the first few KiB: the program must not stand still because nobody reads.
core::Task<void> listen(Ear& ear) {
  std::array<char, kept_bytes> block{};
  while (ear.source) {
    const core::Outcome<std::size_t> got = co_await ear.source->read(block);
    if (!got || *got == 0) {
      ear.source.reset();
      co_return;
    }
    ear.heard.append(block.data(), std::min(*got, kept_bytes - ear.heard.size()));
    co_await async::yield_turn();
  }
}

core::Task<void> listen_to_both(Ear& output, Ear& errors) {
  co_await listen(output);
  co_await listen(errors);
}

core::Task<void> listen_and_stay(Ear& ear, core::Clock& clock) {
  co_await listen(ear);
  for (;;) co_await clock.sleep(1h);  // it is the program's end that ends the race, not its output's
}

core::Task<void> wait_for(os::Process& process, os::Exit& exit) { exit = co_await process.wait(); }

class ExecProbe final : public Probe {
 public:
  ExecProbe(Settings settings, const Tools& tools) : settings_(std::move(settings)), tools_(tools) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    Ear output;
    Ear errors;
    core::Task<core::Outcome<os::Exit>> running = run(output, errors);
    const std::optional<core::Outcome<os::Exit>> ended =
        co_await async::with_deadline(tools_.clock, limit, std::move(running));
    const core::Duration took = tools_.clock.now() - started;

    std::string said = first_line(output.heard);
    if (said.empty()) said = first_line(errors.heard);
    if (!ended) {
      std::string detail = "did not end within " + core::show_duration(limit);
      if (!said.empty()) detail += ": " + said;
      co_return core::Answer{core::Standing::not_ok, detail, took};
    }
    if (!*ended) co_return core::Answer{core::Standing::unknown, ended->error().what, took};
    const os::Exit& exit = **ended;
    if (said.empty() || !exit.exited) said = exit.sentence() + (said.empty() ? "" : ": " + said);
    co_return core::Answer{exec::standing_of(exit), said, took};
  }

  std::string target() const override {
    std::string shown;
    for (const std::string& word : settings_.argv) shown += (shown.empty() ? "" : " ") + word;
    return first_line(shown);
  }

 private:
  // The process lives in this coroutine: whatever ends it, the deadline too, takes the whole group along.
  core::Task<core::Outcome<os::Exit>> run(Ear& output, Ear& errors) {
    os::Command command;
    command.argv = settings_.argv;
    command.directory = settings_.directory;
    for (const auto& [name, value] : settings_.environment) command.environment.push_back(name + "=" + value);
    core::Outcome<std::unique_ptr<os::Process>> started = co_await tools_.processes.start(std::move(command));
    if (!started) co_return core::fail(started.error());
    const std::unique_ptr<os::Process> process = std::move(*started);
    output.source = process->take_output();
    errors.source = process->take_errors();

    os::Exit exit;
    std::vector<core::Task<void>> runners;
    runners.push_back(wait_for(*process, exit));
    runners.push_back(listen_and_stay(output, tools_.clock));
    runners.push_back(listen_and_stay(errors, tools_.clock));
    co_await async::race_all(std::move(runners));

    // What it left running in its group would hold the pipes, and is nobody's child any more.
    (void)process->signal_group(SIGKILL);
    core::Task<void> rest = listen_to_both(output, errors);
    co_await async::finish_within(tools_.clock, afterthought, std::move(rest));
    co_return exit;
  }

  Settings settings_;
  Tools tools_;
};

}  // namespace

core::Standing standing_of(const os::Exit& exit) {
  constexpr int nagios_unknown = 3;
  constexpr int shell_not_executable = 126;
  constexpr int shell_not_found = 127;
  if (exit.out_of_memory) return core::Standing::unknown;
  if (exit.exited) {
    if (exit.code == 0) return core::Standing::ok;
    const bool could_not_ask =
        exit.code == nagios_unknown || exit.code == shell_not_executable || exit.code == shell_not_found;
    return could_not_ask ? core::Standing::unknown : core::Standing::not_ok;
  }
  switch (exit.signal) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGPIPE:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP: return core::Standing::not_ok;  // it did that to itself
    default: return core::Standing::unknown;  // somebody did it to the program: it says nothing of the target
  }
}

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<ExecProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::exec
