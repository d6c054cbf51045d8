#include "agent/recovery/drill/report.hpp"

#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

std::string_view sign_of(core::Standing standing) {
  switch (standing) {
    case core::Standing::ok: return "ok     ";
    case core::Standing::not_ok: return "NOT OK ";
    case core::Standing::unknown: break;
  }
  return "unknown";
}

std::string_view heading(Finding finding) {
  switch (finding) {
    case Finding::proven: return "PROVEN";
    case Finding::disproved: return "DISPROVED";
    case Finding::could_not_verify: break;
  }
  return "COULD NOT VERIFY";
}

std::string phases_of(const DrillRecord& record) {
  std::string text;
  for (const auto& phase : record.phases) {
    text += fmt::format("  {:<8} {:>8.1f} s", phase.name, core::to_seconds(phase.took));
    const double rate = core::to_seconds(phase.took) > 0 ? 1e-6 / core::to_seconds(phase.took) : 0;
    if (phase.name == "fetch" && record.restored_bytes > 0) {
      text += fmt::format("  {} ({:.0f} MB/s)", core::show_bytes(record.restored_bytes),
                          rate * static_cast<double>(record.restored_bytes));
    }
    if (phase.name == "replay" && record.replayed_bytes > 0) {
      text += fmt::format("  {} of WAL ({:.0f} MB/s)", core::show_bytes(record.replayed_bytes),
                          rate * static_cast<double>(record.replayed_bytes));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

int exit_code_of(const DrillRecord& record) {
  switch (record.finding) {
    case Finding::proven: return 0;
    case Finding::disproved: return 2;
    case Finding::could_not_verify: break;
  }
  return 3;
}

std::string show(const DrillRecord& record) {
  std::string text = fmt::format("{}", heading(record.finding));
  if (record.finding == Finding::proven) text += fmt::format(" ({})", name_of(record.level));
  text += fmt::format(": {}\n", record.sentence);
  text += fmt::format("  drill {} of {}, to {}\n", record.id, record.catalog, record.target);
  if (!record.set.empty()) {
    text += fmt::format("  set {} of {}\n", record.set, core::show_time(record.set_stopped));
  }
  if (record.isolation) text += fmt::format("  the restored server was {}\n", record.isolation->text());
  text += phases_of(record);
  if (record.total.count() > 0) {
    text +=
        fmt::format("  {:<8} {:>8.1f} s  without the witnesses\n", "total", core::to_seconds(record.total));
  }
  for (const auto& witness : record.witnesses) {
    text += fmt::format("  {} {}: {}\n", sign_of(witness.standing), witness.name, witness.detail);
  }
  if (record.canary && record.canary->first_lost) {
    text += fmt::format("  first lost: canary {}, acknowledged {}\n", *record.canary->first_lost,
                        core::show_time(record.canary->first_lost_time.value_or(record.cut)));
  }
  if (record.lost_commits) {
    text += fmt::format("  {} commits of the primary's own WAL would be lost", *record.lost_commits);
    if (const auto& first = record.first_lost_commit) {
      text += fmt::format(", the first of transaction {} at {} ({})", first->xid, first->lsn.text(),
                          core::show_time(first->time));
    }
    text += "\n";
  }
  for (const auto& note : record.notes) text += fmt::format("  note: {}\n", note);
  return text;
}

}  // namespace outrider::recovery
