#include "agent/probes/process/process_probe.hpp"

#include "agent/core/number.hpp"
#include "agent/probes/trouble.hpp"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::probes::process {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using core::Standing;

constexpr std::size_t most_processes = 64;
constexpr std::uint64_t most_pid_file_bytes = 64;

using Sights = std::vector<os::ProcessSight>;

Outcome<std::vector<pid_t>> find(os::Machine& machine, const Settings& settings, pid_t child) {
  if (!settings.where.name.empty()) return machine.processes_named(settings.where.name);
  if (settings.where.pid_file.empty()) return std::vector<pid_t>{child};
  const Outcome<std::string> text = machine.read(settings.where.pid_file, most_pid_file_bytes);
  if (!text) return fail(text.error());
  const std::string line = first_line(*text);
  const auto pid = core::read_number<pid_t>(line);
  if (!pid || *pid <= 0) {
    return fail(Errc::corrupt, fmt::format("{} holds no pid: \"{}\"", settings.where.pid_file, line));
  }
  return std::vector<pid_t>{*pid};
}

// Those that are gone by now are left out.
Outcome<Sights> look(os::Machine& machine, const Settings& settings, pid_t child) {
  const Outcome<std::vector<pid_t>> pids = find(machine, settings, child);
  if (!pids) return fail(pids.error());
  Sights sights;
  for (const pid_t pid : *pids) {
    if (sights.size() == most_processes) break;
    Outcome<os::ProcessSight> sight = machine.process(pid);
    if (sight) {
      sights.push_back(std::move(*sight));
    } else if (sight.error().code != Errc::not_found) {
      return fail(sight.error());
    }
  }
  return sights;
}

class ProcessProbe final : public Probe {
 public:
  ProcessProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)),
        tools_(tools),
        sights_(tools.slow, tools.clock, "a look at " + target()) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    const bool is_child = settings_.where.name.empty() && settings_.where.pid_file.empty();
    const pid_t child = is_child && tools_.child ? tools_.child() : 0;
    if (is_child && child == 0) {
      co_return core::Answer{tools_.child ? Standing::not_ok : Standing::unknown,
                             tools_.child ? "the service is not running" : "no process is supervised here",
                             {}};
    }
    std::function<Outcome<Sights>()> work = [machine = tools_.machine, settings = settings_, child] {
      return look(*machine, settings, child);
    };
    const Outcome<Sights> sights = co_await sights_.ask(std::move(work), limit);
    core::Answer answer = sights ? weigh(*sights) : trouble(sights.error());
    answer.took = tools_.clock.now() - started;
    co_return answer;
  }

  std::string target() const override {
    if (!settings_.where.name.empty()) return settings_.where.name;
    return settings_.where.pid_file.empty() ? "the supervised process" : settings_.where.pid_file;
  }

 private:
  core::Answer trouble(const core::Error& error) const {
    const bool its_own =
        error.code == Errc::corrupt || (error.code == Errc::not_found && !settings_.where.pid_file.empty());
    return {its_own ? Standing::not_ok : Standing::unknown, error.what, {}};
  }

  // The first that is not ok speaks for all, else the first that is unknown.
  core::Answer weigh(const Sights& sights) {
    if (sights.empty()) return {Standing::not_ok, gone(), {}};
    std::map<pid_t, Watch> watches;
    core::Answer worst{Standing::ok, {}, {}};
    for (const os::ProcessSight& sight : sights) {
      const auto known = watches_.find(sight.facts.pid);
      Watch& watch =
          watches
              .emplace(sight.facts.pid, known == watches_.end() ? Watch(settings_) : std::move(known->second))
              .first->second;
      core::Answer answer = watch.look(sight, tools_.clock.now());
      const bool is_worse = worst.detail.empty() ||
                            (answer.standing == Standing::not_ok && worst.standing != Standing::not_ok) ||
                            (answer.standing == Standing::unknown && worst.standing == Standing::ok);
      if (is_worse) worst = std::move(answer);
    }
    watches_ = std::move(watches);
    if (worst.standing == Standing::ok && sights.size() > 1) {
      worst.detail += fmt::format("; {} processes in all", sights.size());
    }
    return worst;
  }

  std::string gone() const {
    if (!settings_.where.name.empty()) return "no process is called " + settings_.where.name;
    return settings_.where.pid_file.empty()
               ? "the service is not running"
               : "the process that " + settings_.where.pid_file + " names is gone";
  }

  Settings settings_;
  Tools tools_;
  async::SlowCall<Sights> sights_;
  std::map<pid_t, Watch> watches_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<ProcessProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::process
