#include "agent/recovery/alarms/record.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

namespace json = boost::json;
using core::Errc;

constexpr std::array<Finding, 3> findings{Finding::proven, Finding::disproved, Finding::could_not_verify};

std::string text_in(const json::object& object, const char* key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<AlarmFinding> read_finding(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const json::object& object = value.get_object();
  AlarmFinding read;
  const std::string name = text_in(object, "alarm"), said = text_in(object, "finding");
  const auto rule = std::find_if(alarm_rules().begin(), alarm_rules().end(),
                                 [&](const AlarmRule& one) { return one.name == name; });
  const auto finding = std::find_if(findings.begin(), findings.end(),
                                    [&](Finding one) { return recovery::name_of(one) == said; });
  if (rule == alarm_rules().end() || finding == findings.end()) return std::nullopt;
  read.alarm = rule->alarm;
  read.finding = *finding;
  read.planted = text_in(object, "planted");
  read.sentence = text_in(object, "sentence");
  return read;
}

std::size_t count_of(const AlarmRecord& record, Finding finding) {
  return static_cast<std::size_t>(
      std::count_if(record.alarms.begin(), record.alarms.end(),
                    [finding](const AlarmFinding& one) { return one.finding == finding; }));
}

std::string_view sign_of(Finding finding) {
  switch (finding) {
    case Finding::proven: return "proven ";
    case Finding::disproved: return "DEAF   ";
    case Finding::could_not_verify: break;
  }
  return "unknown";
}

}  // namespace

std::string AlarmRecord::sentence() const {
  const std::size_t fire = count_of(*this, Finding::proven), deaf = count_of(*this, Finding::disproved),
                    unknown = count_of(*this, Finding::could_not_verify);
  std::string text = fmt::format("{} of {} alarms fire and name what is wrong", fire, alarms.size());
  if (unknown > 0) text = fmt::format("{} could not be verified; {}", unknown, text);
  if (deaf > 0) text = fmt::format("{} {} not; {}", deaf, deaf == 1 ? "does" : "do", text);
  return text;
}

json::object to_json(const AlarmRecord& record) {
  json::array alarms;
  for (const AlarmFinding& one : record.alarms)
    alarms.push_back(json::object{{"alarm", name_of(one.alarm)},
                                  {"finding", name_of(one.finding)},
                                  {"planted", core::clean_utf8(one.planted)},
                                  {"sentence", core::clean_utf8(one.sentence)},
                                  {"seconds", core::to_seconds(one.took)}});
  return {{"id", record.id},
          {"finding", name_of(record.finding())},
          {"sentence", record.sentence()},
          {"started", core::show_time(record.started)},
          {"ended", core::show_time(record.ended)},
          {"catalog", core::clean_utf8(record.catalog)},
          {"alarms", std::move(alarms)}};
}

core::Outcome<AlarmRecord> read_alarm_line(std::string_view line) {
  boost::system::error_code trouble;
  const json::value value = json::parse(json::string_view(line.data(), line.size()), trouble);
  const auto* const object = trouble ? nullptr : value.if_object();
  const auto* const alarms = object == nullptr ? nullptr : object->if_contains("alarms");
  if (alarms == nullptr || !alarms->is_array())
    return core::fail(Errc::corrupt, "cannot read the record of an alarm drill");
  AlarmRecord record;
  record.id = text_in(*object, "id");
  record.catalog = text_in(*object, "catalog");
  const auto started = core::read_time(text_in(*object, "started"));
  const auto ended = core::read_time(text_in(*object, "ended"));
  if (record.id.empty() || !started || !ended)
    return core::fail(Errc::corrupt, "the record of an alarm drill lacks its name or its times");
  record.started = *started;
  record.ended = *ended;
  for (const json::value& one : alarms->get_array()) {
    auto finding = read_finding(one);
    if (!finding)
      return core::fail(Errc::corrupt, "the record of an alarm drill names an alarm unknown here");
    record.alarms.push_back(std::move(*finding));
  }
  return record;
}

std::optional<AlarmRecord> read_last_alarms(std::string_view lines) {
  std::optional<AlarmRecord> last;
  while (!lines.empty()) {
    if (auto record = read_alarm_line(core::take_line(lines))) last = std::move(*record);
  }
  return last;
}

int exit_code_of(const AlarmRecord& record) {
  switch (record.finding()) {
    case Finding::proven: return 0;
    case Finding::disproved: return 2;
    case Finding::could_not_verify: break;
  }
  return 3;
}

std::string show(const AlarmRecord& record) {
  const Finding finding = record.finding();
  std::string text = fmt::format("{}: {}\n  alarm drill {} over {}\n",
                                 finding == Finding::proven      ? "PROVEN"
                                 : finding == Finding::disproved ? "DISPROVED"
                                                                 : "COULD NOT VERIFY",
                                 record.sentence(), record.id, record.catalog);
  for (const AlarmFinding& one : record.alarms) {
    text += fmt::format("  {} {:<16} {:>6.1f} s  {}\n", sign_of(one.finding), name_of(one.alarm),
                        core::to_seconds(one.took), one.sentence);
    if (!one.planted.empty()) text += fmt::format("          feigned: {}\n", one.planted);
  }
  return text;
}

Judgements judge_record(const AlarmRecord& record) {
  Judgements found;
  for (const AlarmFinding& one : record.alarms) {
    if (one.finding != Finding::disproved) continue;
    found.push_back({fmt::format("alarm.deaf:{}", name_of(one.alarm)), Severity::warning,
                     fmt::format("an alarm drill heard nothing of {}: {}", name_of(one.alarm), one.sentence),
                     "outrider drill --alarms, once it is mended", record.ended});
  }
  return found;
}

}  // namespace outrider::recovery
