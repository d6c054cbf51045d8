#include "agent/recovery/alarms/alarm.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

// A damaged segment has no alert of its own: it shortens what is recoverable, and RpoAtRisk wakes when that
// matters. Page, gate and status name it at once.
constexpr std::array<AlarmRule, alarm_count> rules{{
    {Alarm::lost_segment, "lost_segment", "archive.gap:", "ArchiveGap", "outrider_recovery_archive_gaps", "",
     "", ""},
    {Alarm::damaged_segment, "damaged_segment", "archive.broken:", "ArchiveDamaged",
     "outrider_recovery_archive_broken_segments", "", "", ""},
    {Alarm::lying_archiver, "lying_archiver", "archive.disagrees:", "ArchiveDisagrees",
     "outrider_recovery_archive_disagrees", "", "", ""},
    {Alarm::hung_archiver, "hung_archiver", "archiver.stalled", "ArchiveStalled",
     "outrider_recovery_archiver_stalled", "", "", ""},
    {Alarm::failing_archiver, "failing_archiver", "archiver.failing", "ArchiveStalled",
     "outrider_recovery_archiver_stalled", "", "", ""},
    {Alarm::standing_archive, "standing_archive", "rpo.at_risk", "RpoAtRisk", "outrider_recovery_rpo_seconds",
     "kind", "inferred", "outrider_recovery_rpo_objective_seconds"},
    {Alarm::replay_hole, "replay_hole", "", "DrillFailed", "outrider_recovery_drills_total", "finding",
     "disproved", ""},
    {Alarm::zeroed_page, "zeroed_page", "", "DrillFailed", "outrider_recovery_drills_total", "finding",
     "disproved", ""},
    {Alarm::notifier, "notifier", "", "OutriderAlarmDrill", "outrider_recovery_alarm_drill", "", "", ""},
}};

const Judgement* find(const Judgements& judgements, std::string_view id, Severity least) {
  for (const Judgement& one : judgements) {
    if (one.id.starts_with(id) && one.severity >= least) return &one;
  }
  return nullptr;
}

bool names(const Judgement& judgement, const std::string& what) {
  return judgement.sentence.find(what) != std::string::npos || judgement.id.find(what) != std::string::npos;
}

AlarmFinding finding_of(Alarm alarm, const Planted& planted, Finding finding, std::string sentence) {
  return {alarm, finding, planted.what, std::move(sentence), {}};
}

bool is_known(double over) { return over == over; }

// What the judges say must be in the series, too, or nobody is called.
AlarmFinding judge_series(const AlarmRule& rule, const Planted& planted, std::string said, double over) {
  if (rule.series.empty()) return finding_of(rule.alarm, planted, Finding::proven, std::move(said));
  if (over > 0) {
    said += fmt::format("; {} is what {} fires on", rule.series, rule.alert);
    return finding_of(rule.alarm, planted, Finding::proven, std::move(said));
  }
  return finding_of(
      rule.alarm, planted, Finding::disproved,
      fmt::format("it is seen ({}), but {}, which {} reads, stays quiet", said, rule.series, rule.alert));
}

}  // namespace

std::span<const AlarmRule, alarm_count> alarm_rules() { return rules; }

const AlarmRule& rule_of(Alarm alarm) { return rules.at(static_cast<std::size_t>(alarm)); }

std::string_view name_of(Alarm alarm) { return rule_of(alarm).name; }

AlarmFinding could_not_hear(Alarm alarm, std::string why) {
  return finding_of(alarm, {}, Finding::could_not_verify, std::move(why));
}

std::optional<AlarmFinding> on_already(Alarm alarm, const Heard& before) {
  const AlarmRule& rule = rule_of(alarm);
  const double over = before.over[static_cast<std::size_t>(alarm)];
  // Unknown counts as on: what is not known to be quiet cannot be seen to begin.
  if (const Judgement* const on = find(before.judgements, rule.judgement, Severity::unknown))
    return could_not_hear(alarm, "it is on already: " + on->sentence);
  if (!rule.series.empty() && !is_known(over))
    return could_not_hear(alarm, fmt::format("{} is unknown before anything was feigned", rule.series));
  if (!rule.series.empty() && over > 0)
    return could_not_hear(alarm, fmt::format("{} fires on {} already", rule.alert, rule.series));
  return std::nullopt;
}

AlarmFinding judge_alarm(Alarm alarm, const Planted& planted, const Heard& with) {
  const AlarmRule& rule = rule_of(alarm);
  const Judgement* fired = nullptr;
  for (const Judgement& one : with.judgements) {
    if (!one.id.starts_with(rule.judgement) || one.severity != Severity::critical) continue;
    if (fired == nullptr || (!names(*fired, planted.named) && names(one, planted.named))) fired = &one;
  }
  if (fired == nullptr)
    return finding_of(alarm, planted, Finding::disproved,
                      fmt::format("the alarm for {} does not fire", rule.name));
  if (!names(*fired, planted.named))
    return finding_of(alarm, planted, Finding::disproved,
                      fmt::format("it fires and does not name {}: {}", planted.named, fired->sentence));
  return judge_series(rule, planted, fired->sentence, with.over[static_cast<std::size_t>(alarm)]);
}

AlarmFinding judge_drilled_alarm(Alarm alarm, const Planted& planted, const DrillRecord& record,
                                 double over) {
  const AlarmRule& rule = rule_of(alarm);
  if (record.finding == Finding::could_not_verify)
    return finding_of(alarm, planted, Finding::could_not_verify,
                      "the drill could not tell: " + record.broken);
  if (record.finding == Finding::proven) {
    for (const Witness& witness : record.witnesses) {
      if (witness.standing == core::Standing::unknown)
        return finding_of(alarm, planted, Finding::could_not_verify,
                          fmt::format("a witness could not be asked: {}: {}", witness.name, witness.detail));
    }
    return finding_of(alarm, planted, Finding::disproved,
                      fmt::format("the alarm for {} does not fire: a drill calls this proven", rule.name));
  }
  if (record.broken.find(planted.named) == std::string::npos)
    return finding_of(
        alarm, planted, Finding::disproved,
        fmt::format("a drill disproves it and does not name {}: {}", planted.named, record.broken));
  return judge_series(rule, planted, record.broken, over);
}

Finding worst_of(const std::vector<AlarmFinding>& findings) {
  const auto any = [&](Finding finding) {
    return std::any_of(findings.begin(), findings.end(),
                       [finding](const AlarmFinding& one) { return one.finding == finding; });
  };
  if (any(Finding::disproved)) return Finding::disproved;
  return findings.empty() || any(Finding::could_not_verify) ? Finding::could_not_verify : Finding::proven;
}

}  // namespace outrider::recovery
