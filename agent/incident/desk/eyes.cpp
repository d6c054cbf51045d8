#include "agent/incident/desk/eyes.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/os/cgroup.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/waits.hpp"

#include <fmt/core.h>

namespace outrider::incident {
namespace {

constexpr std::size_t most_threads = 64;

std::string percent(std::string_view what, const std::optional<double>& value) {
  return value ? fmt::format("{} {:.1f} %", what, *value) : fmt::format("{} unknown", what);
}

std::string words_of(const os::CgroupFacts& facts, const std::optional<std::uint64_t>& kills_before) {
  std::string text;
  if (facts.memory_current_bytes)
    text += fmt::format("memory {} of {}\n", core::show_bytes(*facts.memory_current_bytes),
                        facts.memory_limit_bytes ? core::show_bytes(*facts.memory_limit_bytes) : "no limit");
  if (facts.out_of_memory_kills)
    text += fmt::format("{} processes killed for want of memory, {} of them since it was last looked at\n",
                        *facts.out_of_memory_kills,
                        *facts.out_of_memory_kills - kills_before.value_or(*facts.out_of_memory_kills));
  if (facts.pids_current)
    text += fmt::format("{} processes of {}\n", *facts.pids_current,
                        facts.pids_limit ? std::to_string(*facts.pids_limit) : "no limit");
  if (facts.cpu_throttled_periods && facts.cpu_periods)
    text += fmt::format("throttled in {} of {} periods of the processor\n", *facts.cpu_throttled_periods,
                        *facts.cpu_periods);
  return text;
}

class KernelEyes final : public Eyes {
 public:
  explicit KernelEyes(std::string root) : root_(root), proc_(std::move(root)) {}

  std::optional<Sample> sample(pid_t pid) override {
    const auto facts = proc_.facts(pid);
    // Who is about to be a zombie has given its memory back already: there is nothing to measure.
    if (!facts || facts->state == 'Z' || facts->resident_bytes == 0) return std::nullopt;
    if (pid != pid_) follow(pid);
    if (group_) kills_before_ = group_->out_of_memory_kills();
    Sample sample;
    sample.resident_bytes = facts->resident_bytes;
    sample.threads = facts->threads;
    if (const auto open = proc_.open_descriptors(pid)) sample.descriptors = *open;
    const os::Pressure pressure = os::pressure(root_);
    sample.cpu_pressure = pressure.cpu;
    sample.memory_pressure = pressure.memory;
    sample.io_pressure = pressure.io;
    // Until it is divided by the time between two samples.
    sample.cpu = core::to_seconds(facts->cpu_used);
    return sample;
  }

  std::vector<Finding> hanging(pid_t pid) override {
    std::string text;
    for (const os::ThreadWait& wait : os::thread_waits(pid, most_threads, root_)) {
      text += fmt::format("thread {} ({}), state {}{}{}\n", wait.id, wait.name, wait.state,
                          wait.waits.empty() ? "" : ", waits in " + wait.waits,
                          wait.call.empty() ? "" : ", system call " + wait.call);
      if (!wait.stack.empty()) text += wait.stack + (wait.stack.ends_with('\n') ? "" : "\n");
    }
    if (text.empty()) return {};
    return {{"what its threads wait for", std::move(text)}};
  }

  std::vector<Finding> gone() override {
    std::vector<Finding> findings;
    if (group_) {
      std::string text = words_of(group_->facts(), kills_before_);
      if (!text.empty()) findings.push_back({"control group " + group_->path(), std::move(text)});
    }
    const os::Pressure pressure = os::pressure(root_);
    if (pressure.cpu || pressure.memory || pressure.io)
      findings.push_back({"pressure on the machine, last ten seconds",
                          fmt::format("{}, {}, {}\n", percent("processor", pressure.cpu),
                                      percent("memory", pressure.memory), percent("disk", pressure.io))});
    return findings;
  }

  std::string boot() override { return proc_.boot_id().value_or(""); }

 private:
  void follow(pid_t pid) {
    pid_ = pid;
    auto group = os::Cgroup::of(pid, root_);
    group_ = group ? std::optional(std::move(*group)) : std::nullopt;
  }

  std::string root_;
  os::Proc proc_;
  pid_t pid_ = 0;
  std::optional<os::Cgroup> group_;  // of the process that was sampled last
  std::optional<std::uint64_t> kills_before_;
};

class ClosedEyes final : public Eyes {
 public:
  std::optional<Sample> sample(pid_t) override { return std::nullopt; }
  std::vector<Finding> hanging(pid_t) override { return {}; }
  std::vector<Finding> gone() override { return {}; }
  std::string boot() override { return {}; }
};

}  // namespace

std::unique_ptr<Eyes> make_eyes(std::string root) { return std::make_unique<KernelEyes>(std::move(root)); }
std::unique_ptr<Eyes> make_closed_eyes() { return std::make_unique<ClosedEyes>(); }

}  // namespace outrider::incident
