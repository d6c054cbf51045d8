#include "agent/recovery/bundle/bundle.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/bundle/summary.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Errc;
using core::Standing;
using core::WallTime;

constexpr core::Duration day = std::chrono::hours(24);
constexpr std::string_view end_of_archive = "the end of the archive";

// What is written is whole milliseconds: whoever works it out anew must begin with the same.
void round_facts(BundleFacts& facts) {
  for (WallTime* time : {&facts.made, &facts.since, &facts.until})
    *time = std::chrono::floor<std::chrono::milliseconds>(*time);
  for (core::Duration* length : {&facts.rpo, &facts.rto, &facts.fresh_for})
    *length = std::chrono::floor<std::chrono::milliseconds>(*length);
}

Standing met(const std::optional<core::Duration>& measured, core::Duration objective) {
  if (!measured) return Standing::unknown;
  return *measured <= objective ? Standing::ok : Standing::not_ok;
}

void measure(BundleDrill& drill, const BundleFacts& facts) {
  const DrillRecord& record = drill.record;
  if (record.finding == Finding::could_not_verify) return;
  if (record.finding == Finding::disproved) {
    drill.rpo = drill.rto = Standing::not_ok;
    return;
  }
  // A drill to an earlier place says nothing of what would be lost of the latest commits.
  if (record.target == end_of_archive) drill.rpo = met(record.proven_rpo, facts.rpo);
  drill.rto = met(record.total, facts.rto);
}

std::optional<std::uint64_t> sequence_of(std::string_view line) {
  constexpr std::string_view key = "{\"seq\":";
  if (!line.starts_with(key)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char sign : line.substr(key.size())) {
    if (sign < '0' || sign > '9') break;
    number = number * 10 + static_cast<std::uint64_t>(sign - '0');
  }
  return number;
}

std::optional<std::uint64_t> entry_with(const std::string& sha256, const JournalPart& journal) {
  for (const std::string& line : journal.lines) {
    if (line.find(sha256) != std::string::npos) return sequence_of(line);
  }
  return std::nullopt;
}

std::vector<Due> schedule_of(const BundleFacts& facts, const std::vector<BundleDrill>& drills) {
  std::vector<Due> schedule;
  if (!facts.daily_at || !facts.drill.empty()) return schedule;
  const auto midnight = std::chrono::floor<std::chrono::days>(facts.since);
  for (WallTime at = midnight + *facts.daily_at; at < facts.until; at += day) {
    if (at < facts.since) continue;
    Due due;
    due.at = at;
    const auto held = std::find_if(drills.begin(), drills.end(), [&](const BundleDrill& drill) {
      return drill.record.started >= at && drill.record.started < at + held_within;
    });
    if (held == drills.end() && at + held_within > facts.until) break;  // it may still come
    const bool known = facts.known_since && at >= *facts.known_since;
    if (held != drills.end()) {
      due.state = DueState::held;
      due.drill = held->record.id;
    } else {
      due.state = known ? DueState::missed : DueState::not_known;
    }
    schedule.push_back(std::move(due));
  }
  return schedule;
}

}  // namespace

std::string_view name_of(DueState state) {
  switch (state) {
    case DueState::held: return "held";
    case DueState::missed: return "missed";
    case DueState::not_known: break;
  }
  return "not known";
}

core::Outcome<> take_drills(std::string_view history, BundleFacts& facts) {
  round_facts(facts);
  std::uint64_t number = 0;
  while (!history.empty()) {
    const std::string_view line = core::take_line(history);
    ++number;
    if (line.empty()) continue;
    const auto record = read_json_line(line);
    if (!record) {
      facts.unreadable.push_back({number, line.size(), seal::sha256(line)});
      continue;
    }
    if (!facts.known_since || record->started < *facts.known_since) facts.known_since = record->started;
    const bool of_period = record->started >= facts.since && record->started < facts.until;
    if (facts.drill.empty() ? of_period : record->id == facts.drill) facts.lines.emplace_back(line);
  }
  if (facts.lines.size() > most_bundle_drills) {
    return core::fail(
        Errc::exhausted,
        fmt::format("cannot bundle {} drills: {} are the most", facts.lines.size(), most_bundle_drills),
        "choose a shorter period, and make several bundles");
  }
  if (!facts.drill.empty() && facts.lines.empty()) {
    return core::fail(Errc::not_found, "cannot find the drill " + core::clean_utf8(facts.drill),
                      "its id is on the second line of what the drill printed: 20261121-142614");
  }
  return {};
}

core::Outcome<Bundle> make_bundle(BundleFacts facts) {
  round_facts(facts);
  Bundle bundle;
  bundle.head = first_link;
  for (const std::string& line : facts.lines) {
    auto record = read_json_line(line);
    if (!record) return core::fail("cannot bundle", record.error());
    const bool of_period = record->started >= facts.since && record->started < facts.until;
    if (facts.drill.empty() ? !of_period : record->id != facts.drill)
      return core::fail(Errc::corrupt,
                        "drill " + core::clean_utf8(record->id) + " is not what the bundle is of");
    BundleDrill drill;
    drill.line = line;
    drill.sha256 = seal::sha256(line);
    drill.link = bundle.head = seal::sha256(bundle.head + " " + drill.sha256);
    drill.record = std::move(*record);
    drill.entry = entry_with(drill.sha256, facts.journal);
    measure(drill, facts);
    bundle.drills.push_back(std::move(drill));
  }
  bundle.facts = std::move(facts);
  bundle.schedule = schedule_of(bundle.facts, bundle.drills);
  bundle.lapses = lapses_of(bundle);
  bundle.summary = summary_of(bundle);
  return bundle;
}

}  // namespace outrider::recovery
