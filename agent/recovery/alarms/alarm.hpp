// The alarms that are drilled, and what a drill says of each of them. Pure: what the judges said before and
// after a fault was feigned goes in, a finding comes out. An alarm that was on already proves nothing.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/recovery/drill/record.hpp"
#include "agent/recovery/evidence/judgement.hpp"

#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

enum class Alarm {
  lost_segment,      // the archive does not list a segment any more
  damaged_segment,   // it has one that is not what was written
  lying_archiver,    // it says yes and stores nothing
  hung_archiver,     // it neither stores nor fails
  failing_archiver,  // it fails
  standing_archive,  // time goes on, and nothing is stored
  replay_hole,       // a real restore, one of whose segments cannot be had
  zeroed_page,       // a real restore, with a page of zeroes in a table
  notifier,          // does a notification go out at all?
};

inline constexpr std::size_t alarm_count = 9;

// How an alarm is to be heard.
struct AlarmRule {
  Alarm alarm;
  std::string_view name;       // "lost_segment": in metrics, records and on the command line
  std::string_view judgement;  // what its id begins with; empty: a drill's finding is heard instead
  std::string_view alert;      // in alerts/outrider.rules.yaml; empty: there is none for it alone
  std::string_view series;     // that the alert reads, with this label
  std::string_view label, value;
  std::string_view limit;  // it fires when `series` is above this one; empty: above 0
};

std::span<const AlarmRule, alarm_count> alarm_rules();
const AlarmRule& rule_of(Alarm alarm);
std::string_view name_of(Alarm alarm);

// What was feigned.
struct Planted {
  std::string what;   // a sentence without its full stop
  std::string named;  // what the alarm must name: a segment, a place, a table; empty: nothing
};

// What the judges said, and by how much each alarm's series is over its limit: what its alert would fire on.
struct Heard {
  static constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::array<double, alarm_count> nothing() {
    std::array<double, alarm_count> all{};
    all.fill(not_known);
    return all;
  }

  Judgements judgements;
  std::array<double, alarm_count> over = nothing();
};

struct AlarmFinding {
  Alarm alarm = Alarm::lost_segment;
  Finding finding = Finding::could_not_verify;
  std::string planted;   // what was feigned; empty: nothing could be
  std::string sentence;  // how it ended
  core::Duration took{};
};

AlarmFinding could_not_hear(Alarm alarm, std::string why);
// Where nothing can be learnt from feigning a fault: this alarm is on, or unknown, without it.
std::optional<AlarmFinding> on_already(Alarm alarm, const Heard& before);
AlarmFinding judge_alarm(Alarm alarm, const Planted& planted, const Heard& with);
// The same where the fault was in a real restore. `over`: as Heard has it, of the drill's own series.
AlarmFinding judge_drilled_alarm(Alarm alarm, const Planted& planted, const DrillRecord& record, double over);

// The worst of them: disproved, else could not verify, else proven. None proves nothing.
Finding worst_of(const std::vector<AlarmFinding>& findings);

}  // namespace outrider::recovery
