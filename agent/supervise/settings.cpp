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

// "never", or how long.
config::Kind<std::optional<core::Duration>> lasting() {
  const std::function<std::optional<core::Duration>(core::Duration)> some =
      [](core::Duration length) -> std::optional<core::Duration> {
    if (length == core::Duration::max()) return std::nullopt;
    return length;
  };
  return config::duration_or({{"never", core::Duration::max()}}, 0s, 24h)
      .as<std::optional<core::Duration>>(some);
}

config::Kind<EscalateSettings> escalate_kind() {
  return config::Object<EscalateSettings>()
      .optional("restarts", &EscalateSettings::restarts, config::whole(0, 100),
                "so many restarts in a row that do not mend it are tried")
      .optional("recreations", &EscalateSettings::recreations, config::whole(0, 100),
                "and then so many times it is killed as a whole and made anew; after that a human is told");
}

config::Kind<std::optional<FleetSettings>> fleet_kind(const leases::Shelf& leases) {
  struct Written {
    std::pair<std::string, leases::Maker> lease;
    std::optional<config::Budget> budget;
  };
  const std::function<std::optional<config::Budget>(config::Budget)> some = [](config::Budget budget) {
    return std::optional<config::Budget>(budget);
  };
  const auto lease = config::Object<FleetSettings>().one_of(&FleetSettings::make_lease,
                                                            config::alternatives(leases.entries()),
                                                            "where the lease is kept", &FleetSettings::kind);
  const std::function<std::pair<std::string, leases::Maker>(FleetSettings)> named =
      [](FleetSettings settings) {
        return std::pair(std::move(settings.kind), std::move(settings.make_lease));
      };
  const std::function<std::optional<FleetSettings>(Written)> joined = [](Written written) {
    return std::optional(FleetSettings{written.lease.first, written.lease.second, written.budget});
  };
  return config::Object<Written>()
      .required("lease", &Written::lease, lease.kind().as<std::pair<std::string, leases::Maker>>(named),
                "what only one of the fleet holds at a time: without it nobody who lives is taken down")
      .optional("budget", &Written::budget, config::budget().as<std::optional<config::Budget>>(some),
                "at most so many restarts of the living in the whole fleet, kept beside the lease")
      .kind()
      .as<std::optional<FleetSettings>>(joined);
}

}  // namespace

config::Kind<Settings> restart_kind(const actuators::Shelf& shelf, const leases::Shelf& leases) {
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
      .optional("when_saturated_for", &Settings::when_saturated_for, lasting(),
                "a service that is slow because it has too much to do is restarted only after that long; or "
                "never")
      .optional("when_unready_for", &Settings::when_unready_for, lasting(),
                "a service that lives but cannot be sent work is restarted after that long; or never")
      .optional("escalate", &Settings::escalate, escalate_kind(),
                "what is tried when restarts do not mend it")
      .optional("fleet", &Settings::fleet, fleet_kind(leases),
                "one replica at a time: a lease that restarts of the living need")
      .optional(
          "when_agent_dies", &Settings::when_agent_dies,
          config::choice<actuators::WhenAgentDies>({{"restart", actuators::WhenAgentDies::restart},
                                                    {"take_over", actuators::WhenAgentDies::take_over}}),
          "what the agent after one that was killed does with a child that still runs: end it and start "
          "it once, or take it over as it is")
      .optional("when_agent_stops", &Settings::left_running,
                config::choice<bool>({{"stop", false}, {"leave_running", true}}),
                "what becomes of a child when outrider is stopped; `leave_running` needs "
                "`when_agent_dies: take_over`")
      .rule([](const Settings& settings) -> std::optional<config::Complaint> {
        const bool taken_over = settings.when_agent_dies == actuators::WhenAgentDies::take_over;
        if (!settings.left_running || taken_over) return std::nullopt;
        return config::Complaint{
            "when_agent_stops",
            "what is left running must be taken over again: `when_agent_dies: take_over`"};
      })
      .optional("dry_run", &Settings::dry_run, config::yes_or_no(),
                "say what would be restarted, and do not do it; an operator's restart is still made");
}

}  // namespace outrider::supervise
