// What an alarm drill found, as it is kept, shown and counted. One line of JSON each in
// <state>/recovery/alarms.jsonl.
#pragma once

#include "agent/recovery/alarms/alarm.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace outrider::recovery {

struct AlarmRecord {
  std::string id;  // "20261121-142614"
  core::WallTime started{}, ended{};
  std::string catalog;  // Catalog::target()
  std::vector<AlarmFinding> alarms;

  Finding finding() const { return worst_of(alarms); }
  std::string sentence() const;  // "9 of 9 alarms fire"; what is amiss first
};

boost::json::object to_json(const AlarmRecord& record);
core::Outcome<AlarmRecord> read_alarm_line(std::string_view line);
// The last line that can be read; nothing: there is none.
std::optional<AlarmRecord> read_last_alarms(std::string_view lines);

int exit_code_of(const AlarmRecord& record);
std::string show(const AlarmRecord& record);  // for a terminal, several lines
// A deaf alarm is a warning until a later drill hears it.
Judgements judge_record(const AlarmRecord& record);

}  // namespace outrider::recovery
