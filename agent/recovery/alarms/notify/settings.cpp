#include "agent/recovery/alarms/notify/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"

namespace outrider::recovery {

using namespace std::chrono_literals;

config::Kind<AlarmSettings> alarm_settings_kind() {
  const auto address = config::url({"http", "https"});
  return config::Object<AlarmSettings>()
      .optional("prometheus", &AlarmSettings::prometheus, address,
                "the Prometheus that scrapes this agent, asked whether the drill's alert fires")
      .optional("alertmanager", &AlarmSettings::alertmanager, address,
                "the Alertmanager behind it, asked whether the alert arrived and a notification went out")
      .optional("receiver", &AlarmSettings::receiver, config::text_matching(1, 200),
                "the receiver of Alertmanager that must be among those it goes to")
      .optional("wait", &AlarmSettings::wait, config::duration(1s, 1h),
                "how long the notification may take from the beginning of the drill's alert on")
      .optional("every", &AlarmSettings::every, config::duration_or({{"never", 0s}}, 1h, 24h * 366),
                "how often all alarms are drilled without being asked to")
      .rule([](const AlarmSettings& settings) -> std::optional<config::Complaint> {
        if (settings.prometheus.empty() == settings.alertmanager.empty()) return std::nullopt;
        return config::Complaint{settings.prometheus.empty() ? "alertmanager" : "prometheus",
                                 "`prometheus` and `alertmanager` go together: the one is asked whether the "
                                 "alert fires, the other whether it went out"};
      });
}

}  // namespace outrider::recovery
