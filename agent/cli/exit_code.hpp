// What every command ends with; the same four words as Nagios, and two of sysexits.
#pragma once

namespace outrider::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_warning = 1,
  exit_critical = 2,
  exit_unknown = 3,
  exit_usage = 64,
  exit_bad_config = 78,
};

}  // namespace outrider::cli
