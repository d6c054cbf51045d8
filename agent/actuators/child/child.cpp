#include "agent/actuators/child/child.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/core.h>

namespace outrider::actuators::child {
namespace {

// Whoever starts may wait no longer than that for the one before to end.
constexpr core::Duration most_patience = std::chrono::seconds(20);

class Child final : public Actuator {
 public:
  Child(const Tools& tools, std::vector<std::string> argv, const Surroundings& surroundings)
      : tools_(tools), surroundings_(surroundings), target_(argv.front()) {
    command_.kept_in = surroundings.kept_in;
    command_.argv = std::move(argv);
    command_.directory = surroundings.directory;
    for (const auto& [name, value] : surroundings.environment) {
      std::string variable = name;
      variable += '=';
      variable += value;
      command_.environment.push_back(std::move(variable));
    }
  }

  core::Task<core::Outcome<Started>> start() override {
    Started started;
    process_.reset();  // and with it what was left of the group
    ended_ = false;
    if (!command_.kept_in.empty() && !std::exchange(looked_for_the_last_, true)) {
      auto found = tools_.processes.take_over(command_.kept_in);
      auto last = co_await std::move(found);
      unread_ = tools_.processes.unread(command_.kept_in, last.has_value());
      if (last && surroundings_.when_agent_dies == WhenAgentDies::take_over)
        co_return adopt(std::move(*last));
      if (last) {
        auto ending = end(std::move(*last), started);
        co_await std::move(ending);
      }
    }
    for (const std::string& left : tools_.processes.end_left_behind(command_.kept_in))
      say(started, left + ", which was left running outside the service's process group, was killed");
    os::Command command = command_;
    auto process = co_await tools_.processes.start(std::move(command));
    if (!process) co_return core::fail(process.error());
    process_ = std::move(*process);
    hand_over(started);
    co_return started;
  }

  bool stays() const override { return surroundings_.left_running && may_stay(); }
  bool may_stay() const override { return process_ && !ended_ && process_->is_kept(); }
  core::Outcome<> leave() override {
    if (!may_stay()) return nothing_runs();
    process_->leave();
    return {};
  }

  core::Outcome<> terminate() override { return signal_group(SIGTERM); }
  core::Outcome<> kill() override { return signal_group(SIGKILL); }

  core::Outcome<> signal(int number) override {
    if (!process_ || ended_) return nothing_runs();
    return process_->signal(number);
  }

  core::Task<os::Exit> wait() override {
    const auto process = process_;  // a start() while we wait must not take it away
    const os::Exit how = co_await process->wait();
    if (process == process_) ended_ = true;
    co_return how;
  }

  std::int64_t pid() const override { return process_ && !ended_ ? process_->pid() : 0; }
  std::string target() const override { return target_; }

 private:
  Started adopt(std::unique_ptr<os::Process> last) {
    process_ = std::move(last);
    Started started;
    started.adopted = true;
    hand_over(started);
    return started;
  }

  // There may be one service only: before the new one is started, that of the agent before this one ends.
  core::Task<void> end(std::shared_ptr<os::Process> last, Started& started) {
    const core::Instant begun = tools_.clock.now();
    unread_.push_back({last->take_output(), last->take_errors()});
    (void)last->signal_group(SIGTERM);
    auto waiting = until_ended(last);
    const core::Duration patience = std::min(surroundings_.stop_timeout, most_patience);
    const bool in_time = co_await async::finish_within(tools_.clock, patience, std::move(waiting));
    say(started, fmt::format("process {} of the agent before this one {} in {}", last->pid(),
                             in_time ? "was ended" : "was killed, since it did not end",
                             core::show_duration(tools_.clock.now() - begun)));
  }

  static core::Task<void> until_ended(std::shared_ptr<os::Process> last) { (void)co_await last->wait(); }

  static void say(Started& started, const std::string& what) {
    if (!started.before.empty()) started.before += "; ";
    started.before += what;
  }

  void hand_over(Started& started) {
    started.pid = process_->pid();
    started.output = process_->take_output();
    started.errors = process_->take_errors();
    started.earlier = std::exchange(unread_, {});
  }

  core::Outcome<> signal_group(int number) {
    if (!process_) return nothing_runs();
    return process_->signal_group(number);
  }

  core::Outcome<> nothing_runs() const {
    return core::fail(core::Errc::not_found, "cannot signal " + target_ + ": it is not running");
  }

  Tools tools_;
  Surroundings surroundings_;
  os::Command command_;
  std::string target_;
  std::shared_ptr<os::Process> process_;
  bool ended_ = false;
  bool looked_for_the_last_ = false;
  std::vector<os::Written> unread_;  // of agents before this one; kept until a start succeeds
};

}  // namespace

std::unique_ptr<Actuator> make_child(const Tools& tools, std::vector<std::string> argv,
                                     const Surroundings& surroundings) {
  return std::make_unique<Child>(tools, std::move(argv), surroundings);
}

}  // namespace outrider::actuators::child
