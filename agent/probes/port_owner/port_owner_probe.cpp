#include "agent/probes/port_owner/port_owner_probe.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace outrider::probes::port_owner {
namespace {

using core::Outcome;
using core::Standing;

struct Owner {
  os::PortOwner seen;
  pid_t group = 0;
};
using Owners = std::vector<Owner>;

Outcome<Owners> look(os::Machine& machine, std::uint16_t port) {
  Outcome<std::vector<os::PortOwner>> seen = machine.listeners(port);
  if (!seen) return core::fail(seen.error());
  Owners owners;
  for (os::PortOwner& owner : *seen) {
    pid_t group = 0;
    if (owner.pid != 0) {
      if (const auto sight = machine.process(owner.pid)) group = sight->facts.group;
    }
    owners.push_back({std::move(owner), group});
  }
  return owners;
}

std::string show(const os::PortOwner& owner) { return fmt::format("{} (pid {})", owner.name, owner.pid); }

class PortOwnerProbe final : public Probe {
 public:
  PortOwnerProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)),
        tools_(tools),
        owners_(tools.slow, tools.clock, fmt::format("who listens on port {}", settings_.port)) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    std::function<Outcome<Owners>()> work = [machine = tools_.machine, port = settings_.port] {
      return look(*machine, port);
    };
    const Outcome<Owners> owners = co_await owners_.ask(std::move(work), limit);
    core::Answer answer;
    if (owners) {
      answer = weigh(*owners);
    } else {
      answer.detail = owners.error().what;
    }
    answer.took = tools_.clock.now() - started;
    co_return answer;
  }

  std::string target() const override { return fmt::format("port {}", settings_.port); }

 private:
  bool is_wanted(const Owner& owner, pid_t child) const {
    if (!settings_.process.empty()) return owner.seen.name == settings_.process.substr(0, most_name_bytes);
    return child != 0 && (owner.seen.pid == child || owner.group == child);
  }

  core::Answer weigh(const Owners& owners) const {
    const auto port = settings_.port;
    if (owners.empty()) return {Standing::not_ok, fmt::format("nobody listens on port {}", port), {}};
    const pid_t child = settings_.process.empty() && tools_.child ? tools_.child() : 0;
    const auto unseen = [](const Owner& owner) { return owner.seen.pid == 0; };
    const auto other = std::ranges::find_if(
        owners, [&](const Owner& owner) { return !unseen(owner) && !is_wanted(owner, child); });
    if (other != owners.end()) {
      const std::string wanted = settings_.process.empty() ? "the service" : settings_.process;
      return {Standing::not_ok,
              fmt::format("{} listens on port {}, not {}", show(other->seen), port, wanted),
              {}};
    }
    if (std::ranges::any_of(owners, unseen)) {
      return {Standing::unknown,
              fmt::format("somebody listens on port {} whom we may not see: run as root or as the same user",
                          port),
              {}};
    }
    return {Standing::ok, fmt::format("{} listens on port {}", show(owners.front().seen), port), {}};
  }

  static constexpr std::size_t most_name_bytes = 15;  // that the kernel keeps

  Settings settings_;
  Tools tools_;
  async::SlowCall<Owners> owners_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<PortOwnerProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::port_owner
