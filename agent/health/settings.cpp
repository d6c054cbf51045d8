#include "agent/health/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

#include <algorithm>

namespace outrider::health {

using namespace std::chrono_literals;

namespace {

config::Kind<std::optional<Role>> role_kind() {
  return config::choice<std::optional<Role>>(
      {{"live", Role::live}, {"ready", Role::ready}, {"startup", Role::startup}});
}

}  // namespace

config::Kind<ProbeSettings> probe_kind(const probes::Shelf& shelf) {
  return config::Object<ProbeSettings>()
      .one_of(&ProbeSettings::make, config::alternatives(shelf.entries()), "what is asked",
              &ProbeSettings::kind)
      .optional("every", &ProbeSettings::every, config::duration(100ms, 1h), "how often it is asked")
      .optional("timeout", &ProbeSettings::timeout, config::duration(10ms, 10min),
                "an answer that takes longer is a failure")
      .optional("fail_after", &ProbeSettings::fail_after, config::whole(1, 1000),
                "so many failures in a row make it sick")
      .optional("heal_after", &ProbeSettings::heal_after, config::whole(1, 1000),
                "so many ok answers in a row make it healthy again")
      .optional("dependency", &ProbeSettings::dependency, config::yes_or_no(),
                "it is something the service needs: when it is down it explains why the service is, and the "
                "service is not restarted for it")
      .optional("role", &ProbeSettings::role, role_kind(),
                "what its failure means: `live` (it does not work any more, so it is restarted), `ready` (it "
                "cannot be sent work: people are told, nothing is restarted) or `startup` (it has not begun "
                "yet: the others are asked once this was ok)")
      .rule([](const ProbeSettings& probe) -> std::optional<config::Complaint> {
        if (!probe.dependency || !probe.role) return std::nullopt;
        return config::Complaint{"role", "a dependency has no `role`: nothing is done to it"};
      })
      .rule([](const ProbeSettings& probe) -> std::optional<config::Complaint> {
        if (probe.timeout <= probe.every) return std::nullopt;
        return config::Complaint{"timeout", "`timeout` must not be longer than `every`"};
      });
}

namespace {

bool is_startup(const ProbeSettings& probe) { return !probe.dependency && probe.role == Role::startup; }

}  // namespace

core::Duration warm_up_of(const ProbeSettings& probe, const NamedProbes& all, core::Duration warm_up) {
  if (probe.dependency) return warm_up;
  const bool any =
      std::any_of(all.begin(), all.end(), [](const auto& one) { return is_startup(one.second); });
  return any ? core::Duration::zero() : warm_up;
}

core::Duration start_up_time(const NamedProbes& all, core::Duration warm_up) {
  core::Duration start_up{}, first{};
  for (const auto& [name, probe] : all) {
    if (probe.dependency) continue;
    // The interval is jittered by a tenth.
    const core::Duration run = probe.fail_after * (probe.every + probe.every / 10) + probe.timeout;
    core::Duration& longest = is_startup(probe) ? start_up : first;
    longest = std::max(longest, run);
  }
  return start_up == core::Duration::zero() ? warm_up : start_up + first;
}

config::Kind<core::Duration> warm_up_kind() { return config::duration(0s, 1h); }

}  // namespace outrider::health
