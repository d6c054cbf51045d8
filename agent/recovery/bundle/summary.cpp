#include "agent/recovery/bundle/summary.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Severity;
using core::show_age;
using core::Standing;
using core::WallTime;

bool proves_all(const BundleDrill& drill) {
  return drill.record.finding == Finding::proven && drill.rpo != Standing::not_ok &&
         drill.rto != Standing::not_ok;
}

void note_drill(const BundleDrill& drill, const BundleFacts& facts, std::vector<Lapse>& lapses) {
  const DrillRecord& record = drill.record;
  const auto note = [&](Severity severity, std::string sentence) {
    lapses.push_back({record.started, severity, std::move(sentence), ""});
  };
  if (record.finding == Finding::disproved)
    note(Severity::critical,
         fmt::format("drill {} disproved set {}: {}", record.id, record.set, record.broken));
  if (record.finding == Finding::could_not_verify)
    note(Severity::unknown, fmt::format("drill {} could not verify: {}", record.id, record.broken));
  if (record.finding != Finding::proven) return;
  if (drill.rpo == Standing::not_ok)
    note(Severity::critical, fmt::format("drill {} proved that {} would have been lost, and {} may be",
                                         record.id, show_age(*record.proven_rpo), show_age(facts.rpo)));
  if (drill.rto == Standing::not_ok)
    note(Severity::critical, fmt::format("drill {} took {}, and a restore may take {}", record.id,
                                         show_age(record.total), show_age(facts.rto)));
}

std::optional<WallTime> last_proof(const Bundle& bundle) {
  std::optional<WallTime> last;
  for (const BundleDrill& drill : bundle.drills) {
    if (drill.record.finding == Finding::proven) last = drill.record.ended;
  }
  return last;
}

std::optional<WallTime> watched_from(const BundleFacts& facts) {
  if (!facts.known_since) return std::nullopt;
  return std::max(facts.since, *facts.known_since);
}

void note_state(const Bundle& bundle, std::vector<Lapse>& lapses) {
  const BundleFacts& facts = bundle.facts;
  const auto note = [&](Severity severity, std::string sentence) {
    lapses.push_back({facts.until, severity, std::move(sentence), ""});
  };
  const auto from = watched_from(facts);
  const auto proof = last_proof(bundle);
  if (facts.drill.empty() && proof && facts.until - *proof > facts.fresh_for) {
    note(Severity::critical,
         fmt::format("at the end of the period the last proof was {} old, and counts for {}",
                     show_age(facts.until - *proof), show_age(facts.fresh_for)));
  }
  if (facts.drill.empty() && !proof && from)
    note(Severity::unknown, "no drill of the period proved anything");
  if (!facts.unreadable.empty())
    note(Severity::unknown,
         fmt::format("{} lines of the drills' record cannot be read", facts.unreadable.size()));
  if (facts.journal.intact != Standing::ok) {
    note(facts.journal.intact == Standing::not_ok ? Severity::critical : Severity::unknown,
         "the audit journal: " + facts.journal.sentence);
  }
}

std::optional<core::Duration> longest_gap(const Bundle& bundle) {
  const auto from = watched_from(bundle.facts);
  if (!bundle.facts.drill.empty() || !from) return std::nullopt;
  WallTime last = *from;
  core::Duration longest{};
  for (const BundleDrill& drill : bundle.drills) {
    if (drill.record.finding != Finding::proven) continue;
    longest = std::max(longest, core::Duration(drill.record.ended - last));
    last = std::max(last, drill.record.ended);
  }
  return std::max(longest, core::Duration(bundle.facts.until - last));
}

void take_worst(std::optional<core::Duration>& worst, const std::optional<core::Duration>& measured) {
  if (measured && (!worst || *measured > *worst)) worst = measured;
}

std::string sentence_of(const Bundle& bundle, const BundleSummary& summary) {
  const std::size_t drills = bundle.drills.size();
  std::string text =
      fmt::format("{} drill{}: {} proven, {} disproved, {} could not be verified", drills,
                  drills == 1 ? "" : "s", summary.proven, summary.disproved, summary.could_not_verify);
  if (const std::uint64_t due = summary.held + summary.missed; due > 0)
    text += fmt::format("; of {} that were due {} were held, {} missed", due, summary.held, summary.missed);
  if (summary.not_known > 0)
    text += fmt::format("; of {} {}, before anything was written, nothing is known", summary.not_known,
                        summary.held + summary.missed > 0 ? "more" : "that were due");
  if (summary.worst_rpo)
    text += fmt::format("; at most {} would have been lost (objective {})", show_age(*summary.worst_rpo),
                        show_age(bundle.facts.rpo));
  if (summary.worst_rto)
    text += fmt::format("; a restore took at most {} (objective {})", show_age(*summary.worst_rto),
                        show_age(bundle.facts.rto));
  const auto open = std::count_if(bundle.lapses.begin(), bundle.lapses.end(),
                                  [](const Lapse& lapse) { return lapse.closed_by.empty(); });
  if (bundle.lapses.empty()) return text + "; no exceptions";
  return text + fmt::format("; {} exception{}, {} open", bundle.lapses.size(),
                            bundle.lapses.size() == 1 ? "" : "s", open);
}

}  // namespace

std::vector<Lapse> lapses_of(const Bundle& bundle) {
  std::vector<Lapse> lapses;
  for (const Due& due : bundle.schedule) {
    if (due.state == DueState::missed)
      lapses.push_back({due.at, Severity::critical, "the drill that was due was not held", ""});
  }
  for (const BundleDrill& drill : bundle.drills) note_drill(drill, bundle.facts, lapses);
  std::sort(lapses.begin(), lapses.end(), [](const Lapse& one, const Lapse& other) {
    return std::tie(one.time, one.sentence) < std::tie(other.time, other.sentence);
  });
  for (Lapse& lapse : lapses) {
    const auto closing = std::find_if(
        bundle.drills.begin(), bundle.drills.end(),
        [&](const BundleDrill& drill) { return drill.record.started > lapse.time && proves_all(drill); });
    if (closing != bundle.drills.end()) lapse.closed_by = closing->record.id;
  }
  note_state(bundle, lapses);
  return lapses;
}

BundleSummary summary_of(const Bundle& bundle) {
  BundleSummary summary;
  for (const BundleDrill& drill : bundle.drills) {
    switch (drill.record.finding) {
      case Finding::proven: ++summary.proven; break;
      case Finding::disproved: ++summary.disproved; break;
      case Finding::could_not_verify: ++summary.could_not_verify; break;
    }
    if (drill.record.finding != Finding::proven) continue;
    if (drill.rpo != Standing::unknown) take_worst(summary.worst_rpo, drill.record.proven_rpo);
    take_worst(summary.worst_rto, drill.record.total);
  }
  for (const Due& due : bundle.schedule) {
    switch (due.state) {
      case DueState::held: ++summary.held; break;
      case DueState::missed: ++summary.missed; break;
      case DueState::not_known: ++summary.not_known; break;
    }
  }
  summary.longest_without_proof = longest_gap(bundle);
  summary.severity = summary.proven > 0 ? Severity::fine : Severity::unknown;
  for (const Lapse& lapse : bundle.lapses)
    summary.severity =
        std::max(summary.severity, lapse.closed_by.empty() ? lapse.severity : Severity::warning);
  summary.sentence = sentence_of(bundle, summary);
  return summary;
}

}  // namespace outrider::recovery
