#include "agent/probes/disk/disk_probe.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/trend.hpp"
#include "agent/probes/trouble.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::probes::disk {
namespace {

using core::Standing;

std::string left_of(const Settings& settings, const os::SpaceFacts& facts) {
  return fmt::format("{} has {} free of {} ({})", settings.path, core::show_bytes(facts.free_bytes),
                     core::show_bytes(facts.bytes), show_percent(facts.free_bytes, facts.bytes));
}

class DiskProbe final : public Probe {
 public:
  DiskProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)),
        tools_(tools),
        space_(tools.slow, tools.clock, "the free space of " + settings_.path),
        free_trend_(settings_.window) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    std::function<core::Outcome<os::SpaceFacts>()> look = [machine = tools_.machine, path = settings_.path] {
      return machine->space(path);
    };
    const core::Outcome<os::SpaceFacts> facts = co_await space_.ask(std::move(look), limit);
    const core::Duration took = tools_.clock.now() - started;
    // Whatever kept us from looking, it says nothing of how full the disk is.
    if (!facts) co_return core::Answer{Standing::unknown, facts.error().what, took};
    free_trend_.add(tools_.clock.now(), static_cast<double>(facts->free_bytes));
    core::Answer answer = weigh(*facts);
    answer.took = took;
    co_return answer;
  }

  std::string target() const override { return settings_.path; }

 private:
  core::Answer weigh(const os::SpaceFacts& facts) const {
    const auto not_ok = [](std::string why) { return core::Answer{Standing::not_ok, std::move(why), {}}; };
    if (settings_.must_be_mounted && !facts.is_mount_point) {
      return not_ok("nothing is mounted at " + settings_.path);
    }
    if (facts.read_only && !settings_.may_be_read_only) return not_ok(settings_.path + " is read-only");
    const std::string left = left_of(settings_, facts);
    if (facts.free_bytes < settings_.free.of(facts.bytes)) {
      return not_ok(fmt::format("{}, wanted {}", left, settings_.free.text()));
    }
    if (facts.inodes > 0 && facts.free_inodes < settings_.free_inodes.of(facts.inodes)) {
      return not_ok(fmt::format("{} has {} inodes free of {} ({}), wanted {}", settings_.path,
                                facts.free_inodes, facts.inodes,
                                show_percent(facts.free_inodes, facts.inodes), settings_.free_inodes.text()));
    }
    return foresee(facts, left);
  }

  core::Answer foresee(const os::SpaceFacts& facts, const std::string& left) const {
    const std::optional<double> slope = free_trend_.slope();
    if (!settings_.full_within || !slope || *slope >= 0) return {Standing::ok, left, {}};
    const double seconds = static_cast<double>(facts.free_bytes) / -*slope;
    if (seconds >= core::to_seconds(*settings_.full_within)) return {Standing::ok, left, {}};
    return {Standing::not_ok,
            fmt::format("{} and is full in {} at the pace of the last {}", left,
                        core::show_age(core::from_seconds(seconds)), core::show_age(free_trend_.seen())),
            {}};
  }

  Settings settings_;
  Tools tools_;
  async::SlowCall<os::SpaceFacts> space_;
  Trend free_trend_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<DiskProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::disk
