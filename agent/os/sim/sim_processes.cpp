#include "agent/os/sim_processes.hpp"

#include "agent/async/race.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fmt/core.h>

namespace outrider::os {

Exit SimPlan::exited(int code) {
  Exit exit;
  exit.exited = true;
  exit.code = code;
  return exit;
}

Exit SimPlan::crashed(int signal, bool out_of_memory) {
  Exit exit;
  exit.signal = signal;
  exit.out_of_memory = out_of_memory;
  return exit;
}

struct SimProcesses::State {
  State(const async::Executor& executor, core::Clock& clock) : clock(clock), changed(executor) {}

  bool ended() const { return ends_at && clock.now() >= *ends_at; }
  bool group_is_alive() const { return !ended() || grandchildren > 0; }

  // An earlier end stands.
  void end_at(core::Instant when, Exit how) {
    if (ends_at && *ends_at <= when) return;
    ends_at = when;
    ends = how;
    changed.ring();
  }

  void take_signal(int number) {
    if (ended() || number == 0 || number == SIGCHLD || number == SIGWINCH || number == SIGURG) return;
    const bool is_polite = number == SIGTERM || number == SIGINT || number == SIGHUP || number == SIGQUIT;
    if (!is_polite) return end_at(clock.now(), SimPlan::crashed(number));
    if (plan.ignores_term) return;
    end_at(clock.now() + plan.term_takes, plan.on_term.value_or(SimPlan::crashed(number)));
  }

  void group_takes_signal(int number) {
    take_signal(number);
    if (number == SIGKILL || (number == SIGTERM && !plan.ignores_term)) grandchildren = 0;
    changed.ring();
  }

  // Until `when`, or until something happens to the process.
  core::Task<void> wait_until(std::optional<core::Instant> when) {
    if (!when) co_return co_await changed.wait();
    std::vector<core::Task<void>> either;
    either.push_back(clock.sleep_until(*when));
    either.push_back(changed.wait());
    (void)co_await async::race_all(std::move(either));
  }

  core::Clock& clock;
  async::Bell changed;
  std::string program;
  pid_t pid = 0;
  SimPlan plan;
  core::Instant started{};
  std::optional<core::Instant> ends_at;
  Exit ends;
  unsigned grandchildren = 0;
  bool handle_is_gone = false;
};

namespace {

using State = SimProcesses::State;

constexpr std::size_t pipe_bytes = 64UL * 1024;

// Works out what has been written by now, as much as a pipe holds; so that a slow reader costs nothing.
class SimOutput final : public ByteSource {
 public:
  SimOutput(std::shared_ptr<State> state, bool is_errors) : state_(std::move(state)), is_errors_(is_errors) {
    skip_other_stream();
  }

  core::Task<core::Outcome<std::size_t>> read(std::span<char> into) override {
    for (;;) {
      fill();
      if (!pipe_.empty()) break;
      if (!state_->group_is_alive()) co_return 0;
      std::optional<core::Instant> next = next_due();
      if (!state_->ended() && state_->ends_at)
        next = next ? std::min(*next, *state_->ends_at) : state_->ends_at;
      co_await state_->wait_until(next);
    }
    const std::size_t count = std::min(into.size(), pipe_.size());
    std::copy_n(pipe_.begin(), count, into.begin());
    pipe_.erase(0, count);
    co_return count;
  }

 private:
  void skip_other_stream() {
    const auto& lines = state_->plan.lines;
    while (line_ < lines.size() && lines[line_].to_errors != is_errors_) ++line_;
  }

  std::optional<core::Instant> line_due() const {
    if (line_ >= state_->plan.lines.size()) return std::nullopt;
    return state_->started + state_->plan.lines[line_].after;
  }

  std::optional<core::Instant> repeat_due() const {
    if (is_errors_ || state_->plan.line_every <= core::Duration::zero()) return std::nullopt;
    return state_->started + repeats_ * state_->plan.line_every;
  }

  // Nothing is written after the end.
  std::optional<core::Instant> next_due() const {
    std::optional<core::Instant> next = line_due();
    const std::optional<core::Instant> repeat = repeat_due();
    if (!next || (repeat && *repeat < *next)) next = repeat;
    if (next && state_->ends_at && *next > *state_->ends_at) return std::nullopt;
    return next;
  }

  void fill() {
    while (pipe_.size() < pipe_bytes) {
      const std::optional<core::Instant> next = next_due();
      if (!next || *next > state_->clock.now()) return;
      if (next == line_due()) {
        pipe_ += state_->plan.lines[line_++].text;
        skip_other_stream();
      } else {
        pipe_ += state_->plan.repeated_line;
        ++repeats_;
      }
    }
  }

  std::shared_ptr<State> state_;
  bool is_errors_;
  std::size_t line_ = 0;
  std::int64_t repeats_ = 1;
  std::string pipe_;
};

class SimProcess final : public Process {
 public:
  SimProcess(std::shared_ptr<State> state, bool capture) : state_(std::move(state)) {
    if (!capture) return;
    output_ = std::make_unique<SimOutput>(state_, false);
    errors_ = std::make_unique<SimOutput>(state_, true);
  }

  ~SimProcess() override {
    if (!left_) state_->group_takes_signal(SIGKILL);
    state_->handle_is_gone = true;
  }

  void leave() override { left_ = true; }
  pid_t pid() const override { return state_->pid; }

  core::Outcome<> signal(int number) override {
    if (state_->ended()) {
      return core::fail(core::Errc::not_found,
                        fmt::format("cannot signal process {}: it has ended", state_->pid));
    }
    state_->take_signal(number);
    return {};
  }

  core::Outcome<> signal_group(int number) override {
    state_->group_takes_signal(number);
    return {};
  }

  core::Task<Exit> wait() override {
    const std::shared_ptr<State> state = state_;
    while (!state->ended()) co_await state->wait_until(state->ends_at);
    co_return state->ends;
  }

  std::unique_ptr<ByteSource> take_output() override { return std::move(output_); }
  std::unique_ptr<ByteSource> take_errors() override { return std::move(errors_); }

 private:
  std::shared_ptr<State> state_;
  bool left_ = false;
  std::unique_ptr<ByteSource> output_;
  std::unique_ptr<ByteSource> errors_;
};

}  // namespace

SimProcesses::SimProcesses(const async::Executor& executor, core::Clock& clock, core::Random& random)
    : executor_(executor), clock_(clock), random_(random) {}

SimProcesses::~SimProcesses() = default;

void SimProcesses::program(std::string argv0, Program program) {
  programs_[std::move(argv0)] = std::move(program);
}

core::Outcome<SimPlan> SimProcesses::plan_for(const Command& command) {
  if (command.argv.empty())
    return core::fail(core::Errc::invalid, "cannot start a command without a program");
  const std::string& name = command.argv.front();
  const std::string doing = "cannot start " + name;
  if (refused_starts_ > 0) {
    --refused_starts_;
    return core::fail(core::system_error(doing, EMFILE));
  }
  const auto known = programs_.find(name);
  if (known == programs_.end()) return core::fail(core::system_error(doing, ENOENT));
  SimPlan plan = known->second(command, random_, ++started_[name]);
  if (plan.cannot_start) return core::fail(*plan.cannot_start);
  return plan;
}

core::Task<core::Outcome<std::unique_ptr<Process>>> SimProcesses::start(Command command) {
  std::erase_if(states_, [](const auto& state) { return state->handle_is_gone && !state->group_is_alive(); });
  const std::string name = command.argv.empty() ? "" : command.argv.front();
  core::Outcome<SimPlan> plan = plan_for(command);
  if (!plan) {
    starts_.push_back({.program = name, .at = clock_.now(), .pid = 0, .started = false});
    co_return core::fail(plan.error());
  }
  if (plan->start_takes > core::Duration::zero()) co_await clock_.sleep(plan->start_takes);
  const auto state = std::make_shared<State>(executor_, clock_);
  state->program = name;
  state->pid = next_pid_++;
  state->plan = std::move(*plan);
  state->started = clock_.now();
  state->ends = state->plan.ends;
  state->grandchildren = state->plan.grandchildren;
  if (state->plan.lives) state->ends_at = state->started + *state->plan.lives;
  states_.push_back(state);
  starts_.push_back({.program = name, .at = state->started, .pid = state->pid, .started = true});
  co_return std::make_unique<SimProcess>(state, command.capture_output);
}

core::Task<void> SimProcesses::reap_orphans() {
  async::Bell never(executor_);
  for (;;) co_await never.wait();
}

std::size_t SimProcesses::end_all(const std::string& argv0, Exit how) {
  std::size_t ended = 0;
  for (const auto& state : states_) {
    if (state->program != argv0 || state->ended()) continue;
    state->end_at(clock_.now(), how);
    ++ended;
  }
  return ended;
}

std::size_t SimProcesses::alive(const std::string& argv0) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      states_, [&](const auto& state) { return state->program == argv0 && !state->ended(); }));
}

bool SimProcesses::is_alive(pid_t pid) const {
  return std::ranges::any_of(states_,
                             [&](const auto& state) { return state->pid == pid && !state->ended(); });
}

std::size_t SimProcesses::groups_alive(const std::string& argv0) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      states_, [&](const auto& state) { return state->program == argv0 && state->group_is_alive(); }));
}

std::size_t SimProcesses::leaked() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      states_, [](const auto& state) { return state->ended() && state->grandchildren > 0; }));
}

}  // namespace outrider::os
