#include "agent/recovery/remedy/decide.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;
using Done = std::span<const RemedyDone>;

constexpr std::uint8_t bit(RemedyKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}
constexpr std::uint8_t every = bit(RemedyKind::switch_wal) | bit(RemedyKind::backup) |
                               bit(RemedyKind::try_archiving) | bit(RemedyKind::slot_advice) |
                               bit(RemedyKind::cap_slots);
constexpr std::uint8_t deeds = every & ~bit(RemedyKind::slot_advice);
constexpr std::uint8_t on_primary =
    bit(RemedyKind::switch_wal) | bit(RemedyKind::try_archiving) | bit(RemedyKind::cap_slots);

const Judgement* judged(const RemedyView& view, std::string_view id, Severity least = Severity::fine) {
  if (view.judgements == nullptr) return nullptr;
  for (const Judgement& judgement : *view.judgements) {
    if (judgement.id.starts_with(id) && judgement.severity >= least) return &judgement;
  }
  return nullptr;
}

// A slot without a reader that fills the disk within hours, and that nothing caps.
const Judgement* filling_slot(const RemedyView& view) {
  const Judgement* const slot = judged(view, "slot.retains:", Severity::critical);
  return slot != nullptr && view.evidence != nullptr && view.evidence->wal_free_bytes ? slot : nullptr;
}

std::uint64_t held_for_nobody(const Evidence& evidence) {
  std::uint64_t most = 0;
  for (const SlotView& slot : evidence.slots.value_or(std::vector<SlotView>())) {
    if (!slot.active.value_or(true)) most = std::max(most, slot.retained_bytes.value_or(0));
  }
  return most;
}

// ---- what calls for it; without evidence nothing does

// The newest backup waits for WAL that is still in the current segment, and nobody writes.
bool backup_waits(const RemedyView& view) {
  if (!view.backup_ends || !view.evidence || !view.evidence->written) return false;
  if (*view.evidence->written < *view.backup_ends) return false;
  return view.archived_to && *view.archived_to < *view.backup_ends;
}

// Commits lie in the current segment and nothing will send it in time.
bool commits_wait(const RemedyView& view) {
  if (view.evidence == nullptr || !view.at_risk || *view.at_risk < view.rpo / 2) return false;
  const auto timeout = duration_setting(*view.evidence, "archive_timeout");
  if (!timeout || (*timeout > core::Duration{} && *timeout < view.rpo)) return false;
  // When the archiver stands, another segment mends nothing.
  if (judged(view, "archiver.stalled") != nullptr || judged(view, "archiver.failing") != nullptr)
    return false;
  return view.evidence->ready && view.evidence->ready->count == 0;
}

bool forecast_calls(const RemedyView& view) {
  if (view.forecast == nullptr || !view.forecast->known()) return false;
  if (view.forecast->interval_most && *view.forecast->interval_most == core::Duration{}) return false;
  return view.forecast->breached || (view.forecast->backup_by && *view.forecast->backup_by <= view.now);
}

bool called_for(RemedyKind kind, const RemedyView& view) {
  switch (kind) {
    case RemedyKind::switch_wal: return backup_waits(view) || commits_wait(view);
    case RemedyKind::backup: return forecast_calls(view);
    case RemedyKind::try_archiving: return judged(view, "archiver.failing") != nullptr;
    case RemedyKind::slot_advice: return judged(view, "slot.") != nullptr;
    case RemedyKind::cap_slots: return filling_slot(view) != nullptr;
  }
  return false;
}

bool is_seen(const RemedyView& view) {
  return view.evidence != nullptr && view.now - view.evidence->taken <= view.fresh_for;
}

std::optional<std::uint64_t> meant_system(const RemedyView& view) {
  if (view.system_id) return view.system_id;
  return view.track != nullptr ? view.track->first_system_id : std::nullopt;
}

std::uint32_t limit_of(RemedyKind kind, const RemedySettings& settings) {
  switch (kind) {
    case RemedyKind::switch_wal: return settings.switches_an_hour;
    case RemedyKind::backup: return settings.backups_an_hour;
    case RemedyKind::try_archiving: return settings.tries_an_hour;
    case RemedyKind::slot_advice: return 0;
    case RemedyKind::cap_slots: return 1;
  }
  return 0;
}

// What failed a moment ago will say the same now: the tries are spread over the hour.
bool tried_just_now(const RemedyView& view, const RemedySettings& settings, Done done) {
  const core::Duration rest = core::Duration(std::chrono::hours(1)) / std::max(settings.tries_an_hour, 1u);
  return std::any_of(done.begin(), done.end(), [&](const RemedyDone& one) {
    return one.kind == RemedyKind::try_archiving && view.now - one.at < rest;
  });
}

// One that lies in the future was done before the clock went back: it counts.
bool spent(RemedyKind kind, const RemedyView& view, const RemedySettings& settings, Done done) {
  const auto count = std::count_if(done.begin(), done.end(), [&](const RemedyDone& one) {
    return one.kind == kind && view.now - one.at < std::chrono::hours(1);
  });
  if (kind == RemedyKind::try_archiving && tried_just_now(view, settings, done)) return true;
  return static_cast<std::uint64_t>(count) >= limit_of(kind, settings);
}

bool cannot(RemedyKind kind, const RemedyView& view) {
  if (kind == RemedyKind::backup) return !view.can_backup;
  return kind == RemedyKind::try_archiving && !view.can_try_archiving;
}

// ---- conditions

constexpr RemedyWhen unseen{
    "the server was not seen lately",
    [](RemedyKind, const RemedyView& view, const RemedySettings&, Done) { return !is_seen(view); }};
constexpr RemedyWhen not_called_for{"nothing calls for it",
                                    [](RemedyKind kind, const RemedyView& view, const RemedySettings&, Done) {
                                      return !called_for(kind, view);
                                    }};
constexpr RemedyWhen nameless{"its system identifier is unknown",
                              [](RemedyKind, const RemedyView& view, const RemedySettings&, Done) {
                                return !view.evidence->system_id || !meant_system(view);
                              }};
constexpr RemedyWhen another{"it is another cluster",
                             [](RemedyKind, const RemedyView& view, const RemedySettings&, Done) {
                               return *view.evidence->system_id != *meant_system(view);
                             }};
constexpr RemedyWhen standby{"it is not known to be a primary",
                             [](RemedyKind, const RemedyView& view, const RemedySettings&, Done) {
                               return view.evidence->in_recovery.value_or(true);
                             }};
constexpr RemedyWhen observing{"the mode is observe",
                               [](RemedyKind, const RemedyView&, const RemedySettings& settings, Done) {
                                 return settings.mode == RemedyMode::observe;
                               }};
constexpr RemedyWhen without_consent{"nobody consented (recovery.remedy.slot_cap)",
                                     [](RemedyKind, const RemedyView&, const RemedySettings& settings, Done) {
                                       return settings.slot_cap_bytes == 0;
                                     }};
constexpr RemedyWhen too_high{"the disk would be full before the cap is reached",
                              [](RemedyKind, const RemedyView& view, const RemedySettings& settings, Done) {
                                return settings.slot_cap_bytes >=
                                       held_for_nobody(*view.evidence) + *view.evidence->wal_free_bytes;
                              }};
constexpr RemedyWhen suggesting{
    "the mode is suggest, or it cannot be done from here",
    [](RemedyKind kind, const RemedyView& view, const RemedySettings& settings, Done) {
      return settings.mode == RemedyMode::suggest || cannot(kind, view);
    }};
constexpr RemedyWhen busy{"something is under way", [](RemedyKind, const RemedyView& view,
                                                       const RemedySettings&, Done) { return view.busy; }};
constexpr RemedyWhen limited{"the hour's limit is reached", spent};
constexpr RemedyWhen otherwise{
    "otherwise", [](RemedyKind, const RemedyView&, const RemedySettings&, Done) { return true; }};

// ---- sentences

std::string reason(RemedyKind kind, const RemedyView& view) {
  switch (kind) {
    case RemedyKind::switch_wal:
      if (backup_waits(view))
        return fmt::format(
            "the newest backup needs WAL up to {}, the archive has it up to {}, and nobody writes "
            "enough to fill the segment",
            view.backup_ends->text(), view.archived_to->text());
      return fmt::format("commits of the last {} are in the current segment only, and {} may be lost",
                         show_age(*view.at_risk), show_age(view.rpo));
    case RemedyKind::backup: return view.forecast->sentence;
    case RemedyKind::try_archiving:
      // Without its ages: the same trouble a moment later is no other one.
      return fmt::format("archiving of {} fails",
                         view.evidence->archiver ? view.evidence->archiver->last_failed : "WAL");
    case RemedyKind::slot_advice: {
      const Judgement& slot = *judged(view, "slot.");
      return fmt::format("{}: {}", slot.sentence, slot.hint);
    }
    // Without its figures: the same slot a moment later is no other one.
    case RemedyKind::cap_slots:
      return fmt::format(
          "{} has no reader and fills the disk of pg_wal within hours; what slots may hold is "
          "to be capped, as recovery.remedy.slot_cap consents",
          filling_slot(view)->id.substr(std::string_view("slot.retains:").size()));
  }
  return {};
}

std::string nothing(RemedyKind, const RemedyView&) { return {}; }
std::string on_unknown(RemedyKind, const RemedyView&) {
  return "nothing is done on what is not known: the server was not seen lately";
}
std::string no_name(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; nothing is done while the system identifier is unknown", reason(kind, view));
}
std::string other_one(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; nothing is done to another cluster: system identifier {}, where {} is meant",
                     reason(kind, view), *view.evidence->system_id, *meant_system(view));
}
std::string only_primary(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; that is for the primary to do, and this is none", reason(kind, view));
}
std::string waits(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; it waits for what is under way", reason(kind, view));
}
std::string no_use(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; but so high a cap does not save the disk, which has {} left", reason(kind, view),
                     core::show_bytes(*view.evidence->wal_free_bytes));
}
std::string too_often(RemedyKind kind, const RemedyView& view) {
  return fmt::format("{}; it was done as often as one hour allows, and that did not mend it",
                     reason(kind, view));
}

// ---- the table: for each kind the first row that holds is taken

constexpr std::array rows{
    RemedyRow{every, unseen, RemedyAction::none, on_unknown},
    RemedyRow{every, not_called_for, RemedyAction::none, nothing},
    RemedyRow{deeds, nameless, RemedyAction::refuse, no_name},
    RemedyRow{deeds, another, RemedyAction::refuse, other_one},
    RemedyRow{on_primary, standby, RemedyAction::refuse, only_primary},
    RemedyRow{every, observing, RemedyAction::none, reason},
    RemedyRow{bit(RemedyKind::slot_advice), otherwise, RemedyAction::suggest, reason},
    RemedyRow{bit(RemedyKind::cap_slots), without_consent, RemedyAction::none, nothing},
    RemedyRow{bit(RemedyKind::cap_slots), too_high, RemedyAction::refuse, no_use},
    RemedyRow{deeds, suggesting, RemedyAction::suggest, reason},
    RemedyRow{deeds, busy, RemedyAction::refuse, waits},
    RemedyRow{deeds, limited, RemedyAction::refuse, too_often},
    RemedyRow{deeds, otherwise, RemedyAction::act, reason},
};

std::string words_of(RemedyKind kind) {
  switch (kind) {
    case RemedyKind::switch_wal: return "SELECT pg_switch_wal()";
    case RemedyKind::backup: return "take a differential backup";
    case RemedyKind::try_archiving:
      return "run archive_command for a copy of the failing segment, to show what it says";
    case RemedyKind::slot_advice: return {};
    case RemedyKind::cap_slots: return "ALTER SYSTEM SET max_slot_wal_keep_size";
  }
  return {};
}

}  // namespace

std::string_view name_of(RemedyMode mode) {
  switch (mode) {
    case RemedyMode::observe: return "observe";
    case RemedyMode::suggest: return "suggest";
    case RemedyMode::act: return "do";
  }
  return "observe";
}

std::string_view name_of(RemedyKind kind) {
  switch (kind) {
    case RemedyKind::switch_wal: return "switch WAL";
    case RemedyKind::backup: return "backup";
    case RemedyKind::try_archiving: return "try archiving";
    case RemedyKind::slot_advice: return "slot advice";
    case RemedyKind::cap_slots: return "cap slots";
  }
  return "";
}

std::string_view name_of(RemedyAction action) {
  switch (action) {
    case RemedyAction::none: return "none";
    case RemedyAction::refuse: return "refuse";
    case RemedyAction::suggest: return "suggest";
    case RemedyAction::act: return "act";
  }
  return "none";
}

std::span<const RemedyRow> remedy_table() { return rows; }

RemedyDecision decide_remedy(RemedyKind kind, const RemedyView& view, const RemedySettings& settings,
                             Done done) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RemedyRow& row = rows[i];
    if ((row.kinds & bit(kind)) == 0 || !row.when.holds(kind, view, settings, done)) continue;
    return {kind, row.action, row.why(kind, view), words_of(kind), i};
  }
  return {kind, RemedyAction::none, {}, {}, rows.size()};
}

std::vector<RemedyDecision> decide_remedies(const RemedyView& view, const RemedySettings& settings,
                                            Done done) {
  std::vector<RemedyDecision> decisions;
  for (std::size_t i = 0; i < remedy_kinds; ++i) {
    RemedyDecision decision = decide_remedy(static_cast<RemedyKind>(i), view, settings, done);
    if (decision.action != RemedyAction::none) decisions.push_back(std::move(decision));
  }
  return decisions;
}

std::string remedy_markdown() {
  std::string out = "| for | when | it does |\n|---|---|---|\n";
  for (const RemedyRow& row : rows) {
    std::string kinds;
    for (std::size_t i = 0; row.kinds != every && i < remedy_kinds; ++i) {
      const auto kind = static_cast<RemedyKind>(i);
      if ((row.kinds & bit(kind)) != 0)
        kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", name_of(kind));
    }
    out +=
        fmt::format("| {} | {} | {} |\n", kinds.empty() ? "all" : kinds, row.when.name, name_of(row.action));
  }
  return out;
}

}  // namespace outrider::recovery
