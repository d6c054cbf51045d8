// What is wrong with a path beyond its figures.
#include "agent/core/text.hpp"
#include "agent/recovery/exposure/paths.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;

core::Duration claim_slack(const CatalogView& catalog, const ExposureView& view) {
  const auto timeout =
      view.evidence != nullptr ? duration_setting(*view.evidence, "archive_timeout") : std::nullopt;
  return std::max(timeout.value_or(core::Duration{}), core::Duration(std::chrono::minutes(1))) +
         catalog.settles_within;
}

// The archiver said at the time of the listing that it had stored more than the archive had.
void judge_claim(const CatalogView& catalog, const Path& path, const ExposureView& view, Judgements& found) {
  if (catalog.chain == nullptr || catalog.listing == nullptr || !catalog.listing->wal_known) return;
  const auto claimed = claimed_at(view, catalog.listed - catalog.settles_within);
  if (!claimed) return;
  const auto stored = stored_end(*catalog.chain);
  const std::string id = "archive.disagrees:" + catalog.target;
  if (!stored || *stored < *claimed) {
    found.push_back(
        {id, Severity::critical,
         fmt::format("the archiver says that all WAL up to {} is archived, and {} {}", claimed->text(),
                     catalog.target,
                     stored ? fmt::format("ends at {}", stored->text()) : std::string("has none")),
         "see what archive_command does: it says yes to what it does not store, or stores it "
         "elsewhere; then take a new backup"});
    return;
  }
  // All is stored and yet not usable so far: a hole on the way.
  const Figure& said = path.claimed;
  const Figure& is = path.inferred;
  if (!said.rpo || !is.rpo || *is.rpo - *said.rpo <= claim_slack(catalog, view)) return;
  if (view.now - catalog.listed > claim_slack(catalog, view)) return;  // then it is our listing that is old
  found.push_back({id, Severity::critical,
                   fmt::format("the archiver claims that {} would be lost, and {} bears out {}",
                               show_age(*said.rpo), catalog.target, show_age(*is.rpo)),
                   "see the gaps in the archive; a new backup makes what follows them usable"});
}

void judge_gaps(const CatalogView& catalog, Judgements& found) {
  if (catalog.chain == nullptr) return;
  const ChainReport& chain = *catalog.chain;
  for (const Gap& gap : chain.gaps) {
    if (gap.state == LinkState::delayed || gap.state == LinkState::found) continue;
    // What the newest set does not need any more is history, and was told while it mattered.
    const bool behind_us = chain.newest && chain.sets[*chain.newest].first &&
                           gap.first.number + gap.count <= chain.sets[*chain.newest].first->number;
    const bool unknown = gap.state == LinkState::unknown;
    const Severity severity = unknown     ? Severity::unknown
                              : behind_us ? Severity::warning
                                          : Severity::critical;
    std::string reach =
        gap.before.empty() ? std::string() : fmt::format("; recoverable up to {}", gap.before);
    if (!gap.after.empty())
      reach += fmt::format(", and nothing from {} on without a newer backup", gap.after);
    found.push_back({fmt::format("archive.gap:{}:{}", catalog.target, gap.first_name), severity,
                     fmt::format("{}{}", gap.what, behind_us ? "; newer backups do not need it" : reach),
                     behind_us
                         ? "older backups can be restored only up to it"
                         : "take a full backup now, and keep the old chain: it still leads up to the gap"});
  }
  for (const std::string& trouble : chain.troubles)
    found.push_back({fmt::format("archive.trouble:{}:{}", catalog.target, trouble.substr(0, 40)),
                     Severity::critical, trouble, "see the archive's files before any of them expires"});
}

void judge_broken(const CatalogView& catalog, Judgements& found) {
  if (catalog.broken == nullptr) return;
  for (const BrokenLink& link : *catalog.broken)
    found.push_back(
        {fmt::format("archive.broken:{}:{}", catalog.target, link.segment), Severity::critical,
         fmt::format("{} is stored and is not what was written: {}", link.segment, link.fault.what),
         "a restore ends before it and says that it succeeded; archive it again if the server still "
         "has it, else take a full backup now"});
}

void judge_drills(const CatalogView& catalog, const ExposureView& view, Judgements& found) {
  const DrillRecord* const last = last_drill(view.drills, catalog.target);
  if (last == nullptr || last->finding == Finding::proven) return;
  if (last->finding == Finding::disproved) {
    found.push_back({"drill.disproved:" + catalog.target, Severity::critical,
                     fmt::format("the last drill, {} ago, disproved {}: {}", show_age(view.now - last->ended),
                                 last->set, last->broken),
                     "take a full backup and drill it; keep the broken one for what it can still give"});
    return;
  }
  const auto system_id = view.evidence != nullptr ? view.evidence->system_id : std::nullopt;
  const DrillRecord* const proof = last_proof(view.drills, catalog.target, system_id);
  const bool proven =
      proof != nullptr && fade_of(proof->ended, view.objectives.proof, view.now) == Fade::fresh;
  found.push_back({"drill.unverified:" + catalog.target, proven ? Severity::warning : Severity::unknown,
                   fmt::format("the last drill, {} ago, could not verify {}: {}",
                               show_age(view.now - last->ended), last->set, last->broken),
                   "mend what stood in its way, then: outrider drill"});
}

}  // namespace

void judge_path(const CatalogView& catalog, const Path& path, const ExposureView& view, Judgements& found) {
  if (!catalog.trouble.empty())
    found.push_back({"catalog.unread:" + catalog.target, Severity::unknown, catalog.trouble,
                     "see whether the tool, its repository and its keys can be reached from here"});
  if (path.usable == Answer::no)
    found.push_back({"path.unusable:" + catalog.target, Severity::critical,
                     fmt::format("{} leads nowhere: {}", catalog.target, path.why), "take a full backup"});
  judge_claim(catalog, path, view, found);
  judge_gaps(catalog, found);
  judge_broken(catalog, found);
  judge_drills(catalog, view, found);
}

}  // namespace outrider::recovery
