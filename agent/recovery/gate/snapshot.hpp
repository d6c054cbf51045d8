// All that is known of one cluster's recovery at one moment. The gate judges it, the API and the page show
// it, the metrics are filled from it: none of them knows anything else.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/alarms/record.hpp"
#include "agent/recovery/evidence/evidence.hpp"
#include "agent/recovery/evidence/judgement.hpp"
#include "agent/recovery/evidence/track.hpp"
#include "agent/recovery/exposure/budget.hpp"
#include "agent/recovery/exposure/exposure.hpp"
#include "agent/recovery/exposure/retention.hpp"
#include "agent/recovery/forecast/forecast.hpp"
#include "agent/recovery/objectives.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace outrider::recovery {

struct CatalogStatus {
  std::string target;
  std::string tool;
  core::WallTime listed{};  // 1970: never
  std::string trouble;      // why it could not be read
  bool archives_wal = true;
  std::size_t sets = 0;
  std::string newest;  // of the complete sets
  std::string newest_kind;
  std::optional<core::WallTime> newest_stopped;
  std::optional<core::WallTime> oldest_restorable;  // one can restore back to here
  std::optional<core::WallTime> next_due;           // by the rhythm of the past
  std::optional<catalogs::Retention> retention;     // nothing: it cannot be told
  Judgements judgements;

  // the chain; nothing where there is no WAL
  std::optional<Reach> listed_to;
  std::optional<CheckedReach> checked_to;
  std::vector<Gap> gaps;
  std::vector<std::string> chain_troubles;
  std::uint64_t verified = 0, unverified = 0;  // segments
  std::vector<std::string> broken;             // segments that were read and are not what was written
};

struct Snapshot {
  std::string cluster;  // what people call it
  core::WallTime taken{};
  Objectives objectives;
  std::optional<Evidence> evidence;  // the last look; nothing: never seen
  std::string server_trouble;        // why the last look failed; empty: it did not
  WalRate wal_rate;
  Judgements judgements;  // of the server
  Exposure exposure;
  Forecast forecast;  // of the catalog that the exposure's main path goes through
  std::vector<CatalogStatus> catalogs;
  std::vector<DrillRecord> drills;  // the last ones, oldest first
  std::uint64_t drills_proven = 0, drills_disproved = 0, drills_unverified = 0;  // of all
  Budget budget;
  std::optional<core::WallTime> last_canary;  // acknowledged
  std::optional<StandbyStatus> standby;       // nothing: there is none
  std::optional<AlarmRecord> alarms;          // the last drill of the alarms; nothing: none yet

  // What a what-if needs to forecast anew. `drills` in it is not set.
  ForecastView forecast_view;
};

// Keys in snake_case, times in RFC 3339, lengths in seconds, LSNs as PostgreSQL writes them; what is unknown
// is null.
boost::json::object to_json(const Snapshot& snapshot);
boost::json::object to_json(const Evidence& evidence);
boost::json::object to_json(const Exposure& exposure);
boost::json::object to_json(const Forecast& forecast);
boost::json::object to_json(const Judgement& judgement);
boost::json::object to_json(const DrillRecord& record);

}  // namespace outrider::recovery
