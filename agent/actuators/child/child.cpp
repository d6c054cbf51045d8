#include "agent/actuators/child/child.hpp"

#include <csignal>
#include <utility>

namespace outrider::actuators::child {
namespace {

class Child final : public Actuator {
 public:
  Child(const Tools& tools, std::vector<std::string> argv, const Surroundings& surroundings)
      : tools_(tools), target_(argv.front()) {
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
    process_.reset();  // and with it what was left of the group
    ended_ = false;
    os::Command command = command_;
    auto process = co_await tools_.processes.start(std::move(command));
    if (!process) co_return core::fail(process.error());
    process_ = std::move(*process);
    co_return Started(process_->pid(), process_->take_output(), process_->take_errors());
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
  core::Outcome<> signal_group(int number) {
    if (!process_) return nothing_runs();
    return process_->signal_group(number);
  }

  core::Outcome<> nothing_runs() const {
    return core::fail(core::Errc::not_found, "cannot signal " + target_ + ": it is not running");
  }

  Tools tools_;
  os::Command command_;
  std::string target_;
  std::shared_ptr<os::Process> process_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Actuator> make_child(const Tools& tools, std::vector<std::string> argv,
                                     const Surroundings& surroundings) {
  return std::make_unique<Child>(tools, std::move(argv), surroundings);
}

}  // namespace outrider::actuators::child
