#include "agent/supervise/settings.hpp"

#include "agent/config/object.hpp"

namespace outrider::supervise {

using namespace std::chrono_literals;

namespace {

config::Kind<BackoffSettings> backoff_kind() {
  return config::Object<BackoffSettings>()
      .optional("first", &BackoffSettings::first, config::duration(10ms, 1h),
                "the wait before the second restart in a row; the first is made at once")
      .optional("most", &BackoffSettings::most, config::duration(10ms, 24h),
                "the waits double until they reach this")
      .rule([](const BackoffSettings& backoff) -> std::optional<config::Complaint> {
        if (backoff.first <= backoff.most) return std::nullopt;
        return config::Complaint{"first", "`first` must not be longer than `most`"};
      });
}

}  // namespace

config::Kind<Settings> restart_kind(const actuators::Shelf& shelf) {
  const auto ends = config::choice<WhenItEnds>({{"restart", WhenItEnds::restart},
                                                {"restart_on_failure", WhenItEnds::restart_on_failure},
                                                {"exit", WhenItEnds::exit}});
  return config::Object<Settings>()
      .one_of(&Settings::make, config::alternatives(shelf.entries()), "what is started and restarted",
              &Settings::actuator)
      .optional("environment", &Settings::environment, config::map_of(config::text(), config::Names::label),
                "variables for the service, added to outrider's own")
      .optional("directory", &Settings::directory, config::path(), "the service's working directory")
      .optional("budget", &Settings::budget, config::budget(),
                "at most so many restarts in any window of this length; then outrider stops and tells")
      .optional("backoff", &Settings::backoff, backoff_kind(), "the waits between restarts in a row")
      .optional("stable_after", &Settings::stable_after, config::duration(1s, 24h),
                "a service that ran this long is restarted at once again, without a wait")
      .optional("stop_timeout", &Settings::stop_timeout, config::duration(100ms, 1h),
                "how long the service may take to end after SIGTERM, before SIGKILL to its whole group")
      .optional("when_it_ends", &Settings::when_it_ends, ends,
                "what to do when the service ends by itself: restart it, restart it only when it failed, or "
                "exit with its code")
      .optional("dry_run", &Settings::dry_run, config::yes_or_no(),
                "say what would be restarted, and do not do it; an operator's restart is still made");
}

}  // namespace outrider::supervise
