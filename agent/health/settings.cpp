#include "agent/health/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::health {

using namespace std::chrono_literals;

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
      .rule([](const ProbeSettings& probe) -> std::optional<config::Complaint> {
        if (probe.timeout <= probe.every) return std::nullopt;
        return config::Complaint{"timeout", "`timeout` must not be longer than `every`"};
      });
}

config::Kind<core::Duration> warm_up_kind() { return config::duration(0s, 1h); }

}  // namespace outrider::health
