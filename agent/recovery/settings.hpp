// The section `recovery` of the configuration.
#pragma once

#include "agent/catalogs/shelf.hpp"
#include "agent/config/kind.hpp"
#include "agent/core/clock.hpp"
#include "agent/recovery/alarms/notify/settings.hpp"
#include "agent/recovery/drill/drill.hpp"
#include "agent/recovery/fingerprint/actors/source.hpp"
#include "agent/recovery/objectives.hpp"
#include "agent/recovery/remedy/decide.hpp"
#include "agent/recovery/schedule/due.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace outrider::recovery {

struct PostgresSettings {
  std::string dsn;
  core::Duration look_every = std::chrono::seconds(10);
  core::Duration timeout = std::chrono::seconds(5);
  std::string server_log;      // its own log, when it has no collector; empty: asked of the server
  std::string data_directory;  // where drills count lost commits, when it can be read; empty: they do not
};

struct CanarySettings {
  core::Duration every = std::chrono::seconds(30);  // 0: no canary
  core::Duration keep = std::chrono::hours(24 * 7);
};

struct DrillSettings {
  std::string scratch = "/var/lib/outrider/drill";
  std::optional<core::Duration> at;  // of the day, in UTC; nothing: not by the clock
  AfterBackup after_backup = AfterBackup::never;
  std::string lease;  // a file; empty: nobody else need wait
  std::string user = "postgres";
  std::string role = "postgres";
  std::string binaries;
  std::vector<std::variant<Ask, SqlCheck>> checks;  // empty: DrillOrder's
  std::vector<std::pair<std::string, std::string>> server;
  bool reuse = false;
  bool promote = true;
  std::int64_t lanes = 2;
  std::int64_t niceness = 10;
  std::string cgroup;
  std::uint64_t most_bytes_per_second = 0;  // 0: as fast as it goes
  double most_load = 4;
  NetworkCut network = NetworkCut::automatic;
  core::Duration limit = std::chrono::hours(4);
  HashSettings hashes;

  // What is done when nothing else is said.
  DrillOrder order() const;
};

struct GateSettings {
  core::Duration valid_for = std::chrono::minutes(5);  // a signed answer
};

// A restored copy that follows the archive all the time. Whom it runs as, as whom it is asked, and the
// settings that its server needs are the drill's.
struct StandbySettings {
  std::string directory;
  core::Duration every = std::chrono::seconds(10);
  std::uint64_t most_bytes_per_second = 0;  // 0: as fast as it goes
  std::uint64_t shared_buffers = 32ULL << 20;
  std::int64_t niceness = 10;
};

struct Settings {
  std::optional<PostgresSettings> postgres;
  Objectives objectives;
  CanarySettings canary;
  std::vector<catalogs::Maker> catalogs;
  core::Duration list_every = std::chrono::minutes(1);
  DrillSettings drill;
  std::optional<StandbySettings> proof_standby;
  RemedySettings remedy;
  GateSettings gate;
  AlarmSettings alarms;
};

config::Kind<Settings> settings_kind(const catalogs::Shelf& shelf);

// "03:30" as the time since midnight.
std::optional<core::Duration> read_time_of_day(std::string_view text);

}  // namespace outrider::recovery
