#include "agent/sources/process/process.hpp"

#include "agent/os/proc.hpp"
#include "agent/sources/looking.hpp"
#include "agent/sources/meters.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <utility>

namespace outrider::sources::process {
namespace {

struct Found {
  std::vector<Seen> members;
  core::WallTime boot{};
};

// The service's processes: its first, and all of its process group.
core::Outcome<Found> look_at(pid_t first, const std::string& root) {
  const os::Proc processes(root);
  Found found;
  if (const auto boot = processes.boot_time()) found.boot = *boot;
  if (first == 0) return found;
  const core::Outcome<os::ProcessFacts> facts = processes.facts(first);
  if (!facts) return found;  // it has just ended
  std::vector<pid_t> members = processes.group_members(facts->group);
  if (facts->group != first) members = {first};  // another's group: the service did not get one of its own
  for (const pid_t pid : members) {
    if (auto use = os::use_of(pid, root)) found.members.push_back({pid, *use});
  }
  return found;
}

class ProcessLooker final : public Looker {
 public:
  ProcessLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(stamped(settings_.labels, tools.resource)),
        kernel_(tools.slow, tools.clock, "the processes of the service") {}

  core::Task<Sight> look() override {
    if (!tools_.service_process) {
      co_return Sight{{}, core::Error(core::Errc::unsupported, "nothing is supervised")};
    }
    const std::int64_t pid = co_await tools_.service_process();
    std::function<core::Outcome<Found>()> work = [pid, root = settings_.root] {
      return look_at(static_cast<pid_t>(pid), root);
    };
    const core::Outcome<Found> found = co_await kernel_.ask(std::move(work), settings_.timeout);
    if (!found) co_return Sight{{}, found.error()};
    group_.see(found->members);
    telemetry::FamilyWriter writer(labels_);
    put_group(writer, tools_.resource.service, group_, found->boot);
    co_return Sight{writer.take()};
  }

 private:
  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
  async::SlowCall<Found> kernel_;
  Group group_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking{"process", settings.every};
  return make_looking(tools, looking, std::make_unique<ProcessLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::process
