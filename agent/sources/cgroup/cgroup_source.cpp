#include "agent/sources/cgroup/cgroup_source.hpp"

#include "agent/sources/looking.hpp"
#include "agent/sources/meters.hpp"

#include <utility>

namespace outrider::sources::cgroup {
namespace {

class CgroupLooker final : public Looker {
 public:
  CgroupLooker(const Tools& tools, Settings settings)
      : tools_(tools),
        settings_(std::move(settings)),
        labels_(stamped(settings_.labels, tools.resource)),
        kernel_(tools.slow, tools.clock, "the control group of the service") {}

  core::Task<Sight> look() override {
    if (!tools_.service_process) {
      co_return Sight{{}, core::Error(core::Errc::unsupported, "nothing is supervised")};
    }
    const std::int64_t pid = co_await tools_.service_process();
    const auto writer = std::make_shared<telemetry::FamilyWriter>(labels_);
    std::function<core::Outcome<bool>()> work = [writer, pid,
                                                 root = settings_.root]() -> core::Outcome<bool> {
      if (pid == 0) return false;  // it does not run, and so it is in no group
      const core::Outcome<os::Cgroup> group = os::Cgroup::of(static_cast<pid_t>(pid), root);
      if (group) put_group(*writer, *group);
      return group.has_value();
    };
    const core::Outcome<bool> looked = co_await kernel_.ask(std::move(work), settings_.timeout);
    if (!looked) co_return Sight{{}, looked.error()};
    co_return Sight{writer->take()};
  }

 private:
  Tools tools_;
  Settings settings_;
  telemetry::Labels labels_;
  async::SlowCall<bool> kernel_;
};

}  // namespace

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings) {
  const Looking looking{"cgroup", settings.every};
  return make_looking(tools, looking, std::make_unique<CgroupLooker>(tools, std::move(settings)));
}

}  // namespace outrider::sources::cgroup
