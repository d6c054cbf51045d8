#include "agent/recovery/bundle/statement.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::recovery {

// Ours to word; what the standards ask is said in short, and what is not shown is said as well.
const std::array<Control, 2> controls{{
    {"SOC 2 A1.3", "recovery plan procedures are tested, and so are integrity and completeness of backups",
     "restores that were really done, from the archive alone, with the checks, times and data loss measured; "
     "not "
     "shown: exercises of people, and who approved the objectives"},
    {"ISO/IEC 27001:2022 A.8.13", "backup copies are maintained, and regularly tested against a policy",
     "the schedule and whether it was kept, and each test's outcome; not shown: the policy itself, and "
     "backups of "
     "anything but this database"},
}};

namespace {

namespace json = boost::json;
using core::Standing;

// Milliseconds are all that is written, and all that is read back.
double seconds(core::Duration length) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) / 1000.0;
}
json::value maybe(const std::optional<core::Duration>& length) {
  return length ? json::value(seconds(*length)) : json::value(nullptr);
}
json::value maybe_time(const std::optional<core::WallTime>& time) {
  return time ? json::value(core::show_time(*time)) : json::value(nullptr);
}
json::value or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(core::clean_utf8(text));
}
std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::string_view verdict(Standing standing) {
  switch (standing) {
    case Standing::ok: return "met";
    case Standing::not_ok: return "not met";
    case Standing::unknown: break;
  }
  return "unknown";
}

std::string time_of_day(core::Duration since_midnight) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(since_midnight).count();
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

json::value mark(const std::optional<JournalMark>& mark) {
  if (!mark) return nullptr;
  return json::object{
      {"sequence", whole(mark->sequence)}, {"time", core::show_time(mark->time)}, {"hash", mark->hash}};
}

json::object journal(const JournalPart& part) {
  json::array lines;
  for (const std::string& line : part.lines) lines.emplace_back(line);
  return {{"intact", part.intact == Standing::unknown ? json::value(nullptr)
                                                      : json::value(part.intact == Standing::ok)},
          {"sentence", core::clean_utf8(part.sentence)},
          {"entries", whole(part.entries)},
          {"first", mark(part.first)},
          {"head", mark(part.head)},
          {"lines", std::move(lines)}};
}

json::object drill(const BundleDrill& drill) {
  return {{"id", drill.record.id},
          {"line", drill.line},
          {"sha256", drill.sha256},
          {"link", drill.link},
          {"journal_entry", drill.entry ? json::value(whole(*drill.entry)) : json::value(nullptr)},
          {"rpo", verdict(drill.rpo)},
          {"rto", verdict(drill.rto)},
          {"record", json::parse(drill.line)}};
}

json::object schedule(const Bundle& bundle) {
  json::array days;
  for (const Due& due : bundle.schedule)
    days.push_back(json::object{
        {"due", core::show_time(due.at)}, {"state", name_of(due.state)}, {"drill", or_null(due.drill)}});
  const auto& at = bundle.facts.daily_at;
  return {{"daily_at", at ? json::value(time_of_day(*at)) : json::value(nullptr)},
          {"after_backup", or_null(bundle.facts.after_backup)},
          {"as_configured", core::show_time(bundle.facts.made)},
          {"held_within_seconds", seconds(held_within)},
          {"known_since", maybe_time(bundle.facts.known_since)},
          {"days", std::move(days)}};
}

json::object summary(const Bundle& bundle) {
  const BundleSummary& of = bundle.summary;
  return {{"sentence", core::clean_utf8(of.sentence)},
          {"severity", core::name_of(of.severity)},
          {"drills", whole(bundle.drills.size())},
          {"proven", whole(of.proven)},
          {"disproved", whole(of.disproved)},
          {"could_not_verify", whole(of.could_not_verify)},
          {"due", whole(of.held + of.missed)},
          {"held", whole(of.held)},
          {"missed", whole(of.missed)},
          {"not_known", whole(of.not_known)},
          {"worst_rpo_seconds", maybe(of.worst_rpo)},
          {"worst_rto_seconds", maybe(of.worst_rto)},
          {"longest_without_proof_seconds", maybe(of.longest_without_proof)}};
}

json::array lapses(const Bundle& bundle) {
  json::array list;
  for (const Lapse& lapse : bundle.lapses)
    list.push_back(json::object{{"time", core::show_time(lapse.time)},
                                {"severity", core::name_of(lapse.severity)},
                                {"sentence", core::clean_utf8(lapse.sentence)},
                                {"closed_by", or_null(lapse.closed_by)}});
  return list;
}

json::object predicate(const Bundle& bundle) {
  const BundleFacts& facts = bundle.facts;
  json::array drills, unreadable, asked;
  for (const BundleDrill& one : bundle.drills) drills.push_back(drill(one));
  for (const UnreadableLine& line : facts.unreadable)
    unreadable.push_back(
        json::object{{"line", whole(line.number)}, {"bytes", whole(line.bytes)}, {"sha256", line.sha256}});
  for (const Control& control : controls)
    asked.push_back(
        json::object{{"control", control.name}, {"asks", control.asks}, {"shown", control.shown}});
  return {{"schema", 1},
          {"made", json::object{{"time", core::show_time(facts.made)},
                                {"by", core::clean_utf8(facts.maker)},
                                {"cluster", core::clean_utf8(facts.cluster)},
                                {"instance", core::clean_utf8(facts.instance)},
                                {"key", facts.key_name}}},
          {"period", json::object{{"since", core::show_time(facts.since)},
                                  {"until", core::show_time(facts.until)},
                                  {"drill", or_null(facts.drill)}}},
          {"controls", std::move(asked)},
          {"objectives", json::object{{"rpo_seconds", seconds(facts.rpo)},
                                      {"rto_seconds", seconds(facts.rto)},
                                      {"proof_fresh_for_seconds", seconds(facts.fresh_for)},
                                      {"as_configured", core::show_time(facts.made)}}},
          {"summary", summary(bundle)},
          {"exceptions", lapses(bundle)},
          {"schedule", schedule(bundle)},
          {"drills", std::move(drills)},
          {"unreadable", std::move(unreadable)},
          {"journal", journal(facts.journal)},
          {"manifest",
           json::object{{"link", "sha256(link before + ' ' + sha256 of the line), in hexadecimal digits"},
                        {"first", first_link},
                        {"head", bundle.head}}}};
}

json::object subject(std::string name, std::string_view sha256) {
  return {{"name", std::move(name)}, {"digest", json::object{{"sha256", sha256}}}};
}

}  // namespace

json::object statement_of(const Bundle& bundle, std::string_view page_sha256) {
  json::array subjects;
  if (!page_sha256.empty()) subjects.push_back(subject(std::string(page_name), page_sha256));
  for (const BundleDrill& one : bundle.drills)
    subjects.push_back(subject("drills.jsonl#" + one.record.id, one.sha256));
  return {{"_type", statement_type},
          {"subject", std::move(subjects)},
          {"predicateType", predicate_type},
          {"predicate", predicate(bundle)}};
}

}  // namespace outrider::recovery
