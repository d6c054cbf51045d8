#include "agent/incident/settings.hpp"

#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/incident/recorder/recorder.hpp"

namespace outrider::incident {

using namespace std::chrono_literals;

config::Kind<Settings> settings_kind() {
  return config::Object<Settings>()
      .optional("recorder", &Settings::recorder_bytes,
                config::bytes(least_recorder_bytes, std::uint64_t{1} << 30U),
                "how much of the last lines, answers and measurements is kept in the state directory")
      .optional("before", &Settings::before, config::duration(1s, 1h),
                "how much of what was recorded before a death goes into its incident")
      .optional("keep", &Settings::most, config::whole(1, 10'000),
                "so many incidents; the oldest closed ones go first")
      .optional("most_bytes", &Settings::most_bytes, config::bytes(1U << 20U, std::uint64_t{1} << 40U),
                "of all incidents together")
      .optional("close_after", &Settings::close_after, config::duration(0s, 24h),
                "an incident is over when the service has been well for so long; a death before that belongs "
                "to it")
      .optional("reopen_within", &Settings::reopen_within, config::duration(0s, 24h),
                "trouble so soon after an incident was over opens it again, so that a loop is one incident")
      .optional(
          "debugger", &Settings::debugger, config::path(),
          "gdb, to take the stacks of a process that hangs before it is stopped; left out, only /proc is "
          "read")
      .optional("deploy_marker", &Settings::deploy_marker, config::path(),
                "a file whose content changes with each deployment: a revision, a version");
}

}  // namespace outrider::incident
