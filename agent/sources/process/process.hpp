// What the supervised service's processes use, under the names of process-exporter
// (namedprocess_namegroup_*), with the service as the group.
#pragma once

#include "agent/os/reading/process_use.hpp"
#include "agent/sources/rhythm.hpp"
#include "agent/sources/shelf.hpp"
#include "agent/telemetry/writing/family_writer.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrider::sources::process {

struct Settings : Rhythm {
  std::string root = "/";  // where proc/ is found
};

struct Seen {
  pid_t pid = 0;
  os::ProcessUse use;
};

// Counters of a group whose processes come and go: what those used that have ended stays counted. Pure.
class Group {
 public:
  // Who is in it now. What a newcomer used before it was first seen counts, too.
  void see(const std::vector<Seen>& members);

  struct Totals {
    core::Duration user_time{}, system_time{};
    std::uint64_t minor_faults = 0, major_faults = 0;
    std::uint64_t read_bytes = 0, written_bytes = 0;
    std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
  };
  const Totals& totals() const { return totals_; }
  const std::map<pid_t, os::ProcessUse>& members() const { return members_; }

 private:
  Totals totals_;
  std::map<pid_t, os::ProcessUse> members_;
};

void put_group(telemetry::FamilyWriter& out, std::string_view name, const Group& group, core::WallTime boot);

std::unique_ptr<MetricSource> make(const Tools& tools, Settings settings);

}  // namespace outrider::sources::process
