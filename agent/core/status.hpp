// What the faces show: plain data that the rooms fill and app puts together. Taken as a whole, read without
// locks.
#pragma once

#include "agent/core/alert/alerts.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/event.hpp"
#include "agent/core/promise/objective_status.hpp"
#include "agent/core/resource.hpp"
#include "agent/core/season.hpp"
#include "agent/core/severity.hpp"
#include "agent/core/traces/traces_status.hpp"
#include "agent/core/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace outrider::core {

struct ProbeStatus {
  std::string name;
  std::string kind;    // "http"
  std::string target;  // what it asks, without secrets
  Standing last = Standing::unknown;
  std::string detail;  // of the last answer
  Duration took{};
  WallTime asked{};
  State state = State::unknown;
  std::string why;
  bool dependency = false;
  std::uint64_t asked_total = 0;
  std::string role;  // "live", "ready", "startup", "dependency"
};

struct IncidentStatus {
  std::string id;
  std::string kind;   // "crash", "hang"
  std::string title;  // "tests-api exited with code 3 after 2h"
  WallTime opened{};
  std::optional<WallTime> closed;  // nothing: it is open
  std::string conclusion;
  std::uint64_t deaths = 0;
};

struct ServiceStatus {
  std::string name;
  std::string phase;  // "running", "starting", "stopping", "waiting", "given up", "ended", "not supervised"
  std::int64_t pid = 0;  // 0: none
  WallTime since{};      // of the phase
  State state = State::unknown;
  std::string why;
  State readiness = State::unknown;  // whether it can be sent work; unknown where nothing asks
  std::string not_ready_because;
  std::vector<std::string> causes;  // what explains its trouble: the dependency, then what explains that
  bool saturated = false;           // sick of having too much to do
  std::uint64_t restarts_total = 0;
  std::uint32_t budget_left = 0;
  std::uint32_t budget = 0;
  std::string budget_text;    // "5 per 1h"
  std::string last_exit;      // a sentence, or empty
  std::string last_decision;  // a sentence, or empty
  std::optional<WallTime> next_attempt;
  std::optional<WallTime> last_restart;  // none since the agent started, when empty
  std::string rung;                      // what is tried next: "restart", "recreate", "human"
  std::string incident;                  // the id of the open one, or of the last; empty: there was none
  bool last_restart_was_asked = false;   // by an operator: no trouble of the service's own
  std::string last_restart_reason;  // "tests-api exited with code 1 after 2h"; or the decision's sentence
};

struct StreamStatus {  // one source and sink pair of the upper river
  std::string source;
  std::string sink;
  std::uint64_t read = 0, delivered = 0, dropped = 0, in_flight = 0;  // records
  std::string trouble;                                                // of the sink, or empty
  std::uint64_t parked = 0;  // that the sink has refused for good, from any source; they are kept

  bool operator==(const StreamStatus&) const = default;
};

struct ScrapeStatus {
  std::string url;
  Standing up = Standing::unknown;
  std::string detail;
  std::uint64_t series = 0;
  WallTime scraped{};

  bool operator==(const ScrapeStatus&) const = default;
};

struct RiverStatus {
  std::string name;
  Duration lag{};  // how late its last tick was
  bool turning = false;
};

struct RecoveryFigure {
  std::string name;   // "lost now, inferred"
  std::string value;  // "41 s"; "unknown"
  std::string how;    // how it is known: "L2 checked, 8 s ago"
};

struct RecoveryStatus {  // of a database and its backups
  std::string cluster;
  std::string sentence;       // "if the primary died now you would lose 41 s (inferred, L2); …"
  std::string forecast;       // "at 14:20 a restore would exceed 15m"
  std::string last_drill;     // a sentence with its age
  std::string proof_standby;  // what it does; empty: there is none
  std::vector<RecoveryFigure> figures;
  std::vector<Concern> concerns;
};

struct AgentStatus {  // the program itself; 0 where it is not known
  std::int64_t pid = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  double cpu_seconds = 0;
};

struct Status {
  AgentStatus agent;
  Resource resource;
  std::string agent_version;
  WallTime now{};
  WallTime started{};
  std::string sentence;  // "tests-api is healthy; 2 of 2 probes ok; …"
  State state = State::unknown;
  bool ready = false;
  std::string not_ready_because;
  ServiceStatus service;
  Season season;
  std::vector<IncidentStatus> incidents;  // the newest first
  std::vector<ProbeStatus> probes;
  std::vector<ObjectiveStatus> objectives;
  std::vector<StreamStatus> streams;
  std::vector<ScrapeStatus> scrapes;
  std::optional<TracesStatus> traces;      // nothing: no spans are counted
  std::optional<RecoveryStatus> recovery;  // nothing: no database is watched
  std::optional<AlertsStatus> alerts;      // nothing: nobody is told of anything
  std::vector<RiverStatus> rivers;
  std::vector<Event> timeline;  // newest last
  std::string config_path;
  std::string config_hash;
  std::uint64_t audit_entries = 0;
  std::string audit_trouble;  // why it cannot be written, or is broken; empty: neither
  std::string audit_broken;   // why the chain is not what was written, or empty
};

}  // namespace outrider::core
