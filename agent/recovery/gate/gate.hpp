// The gate: may this go on? `outrider check rpo --require 'level>=L3 age<24h'`. Pure, over a Snapshot. It
// fails closed: what is unknown, too old or cannot be read is not allowed.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/core/commands.hpp"
#include "agent/core/outcome.hpp"
#include "agent/recovery/gate/snapshot.hpp"
#include "agent/recovery/level.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace outrider::recovery {

enum class Check { rpo, rto, backup, archive, replication, drill, all };
std::optional<Check> parse_check(std::string_view word);
std::string_view name_of(Check check);
inline constexpr std::string_view checks_known = "rpo, rto, backup, archive, replication, drill, all";

// What is asked beyond the objectives. Conditions are joined by blanks, commas or "and"; all must hold.
struct Requirement {
  std::optional<Level> level;            // level>=L3: how well the figure is known
  std::optional<core::Duration> age;     // age<24h: of the last proof, or of the newest backup
  std::optional<core::Duration> rpo;     // rpo<5m
  std::optional<core::Duration> rto;     // rto<=15m
  std::optional<double> budget;          // budget>10%: what must be left of it
  std::optional<std::uint64_t> backlog;  // backlog<100: segments waiting to be archived
  std::optional<std::string> point;      // point=before-v42: a restore point that a drill has proven
};
core::Outcome<Requirement> parse_requirement(std::string_view text);

// Somebody says that it shall go on all the same. Counts only whole, and only until it expires.
struct Override {
  std::string name;
  std::string reason;
  std::optional<core::WallTime> expires;
};

struct GateView {
  const Snapshot* snapshot = nullptr;  // null: there is none
  Check check = Check::all;
  Requirement requirement;
  std::optional<Override> waiver;
  std::optional<std::uint64_t> expect_wal;  // what the deploy will write: the what-if
  core::Duration oldest_snapshot = std::chrono::minutes(5);
  core::WallTime now{};
};

// As it comes from the command line or the API; `snapshot` and `now` are left for the caller to fill.
core::Outcome<GateView> read_gate_question(const core::GateQuestion& question);

struct Measure {  // Nagios perfdata: label=value[unit];warn;crit;min;max
  std::string label;
  std::optional<double> value;  // nothing is written as U
  std::string unit;
  std::optional<double> warn, crit, least, most;
};

struct CheckResult {
  Check check = Check::all;
  Severity severity = Severity::unknown;
  std::string sentence;  // the one that decides
  Judgements details;    // the worst first; the fine ones too
  std::vector<Measure> measures;
};

struct GateResult {
  Check asked = Check::all;
  Severity severity = Severity::unknown;
  int code = 3;             // 0 ok, 1 warning, 2 critical, 3 unknown
  bool overridden = false;  // then code is 0, and the severity is what it would have been
  std::string sentence;
  std::vector<CheckResult> checks;
  Override waiver;  // when overridden
  std::optional<Forecast> what_if;
  core::WallTime taken{};  // of the snapshot

  std::string nagios() const;  // one line and its perfdata
  std::string text() const;    // the same for people, with all details
  boost::json::object json() const;
};

GateResult pass_gate(const GateView& view);

// Why it does not count; nothing when it does.
std::optional<std::string> refuse_override(const Override& waiver, core::WallTime now);

}  // namespace outrider::recovery
