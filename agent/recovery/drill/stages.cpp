#include "agent/recovery/drill/stages.hpp"

#include "agent/core/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::Standing;

constexpr std::array<StageRule, 7> table = {{
    {Stage::find, "find", Stage::fetch, "freeze the moment, list the archive, choose a set, look for room"},
    {Stage::fetch, "fetch", Stage::start, "restore the set into the scratch directory"},
    {Stage::start, "start", Stage::replay, "start it cut off from everything; it must become consistent"},
    {Stage::replay, "replay", Stage::look, "to the target, or to the end of the archive as it was"},
    {Stage::look, "verify", Stage::promote, "ask for the canary while it can still only read"},
    {Stage::promote, "promote", Stage::examine, "make it writable, as one would for real"},
    {Stage::examine, "verify", Stage::over, "ask the other witnesses: no lost transaction holds a lock now"},
}};

constexpr std::array<std::string_view, 8> stage_words = {"find", "fetch",   "start",   "replay",
                                                         "look", "promote", "examine", "over"};

// What a tool says when the repository's content is at fault, not the way to it.
constexpr std::array<std::string_view, 10> content_words = {"checksum",
                                                            "missing file",
                                                            "unable to open missing",
                                                            "does not exist in the repo",
                                                            "decrypt",
                                                            "corrupt",
                                                            "FormatError",
                                                            "FileMissingError",
                                                            "ChecksumError",
                                                            "unexpected eof"};

// A tool may say why in one line and how often it tried in the next.
std::string error_line(const os::ToolResult& result) {
  const auto at = result.errors.find("ERROR");
  if (at == std::string::npos) return result.last_words();
  return result.errors.substr(at, result.errors.find('\n', at) - at);
}

bool all_well(const DrillRecord& record) {
  return std::all_of(record.witnesses.begin(), record.witnesses.end(),
                     [](const Witness& witness) { return witness.standing == Standing::ok; });
}

bool asserts_rows(const DrillRecord& record) {
  return std::any_of(record.witnesses.begin(), record.witnesses.end(), [](const Witness& witness) {
    return witness.name == "rows by index" || witness.name == "amcheck" || witness.name == "content hashes" ||
           witness.name.starts_with("sql: ");
  });
}

std::string proven_sentence(const DrillRecord& record) {
  std::string text = fmt::format("set {} was restored in {} and replayed to {}", record.set,
                                 core::show_age(record.total), record.reached.value_or(wal::Lsn{}).text());
  if (record.restore_point) text += ", restore point " + record.restore_point->name;
  if (record.proven_rpo) text += fmt::format("; {} would have been lost", core::show_age(*record.proven_rpo));
  if (record.canary && record.canary->first_lost) {
    text += fmt::format(", from canary {} on", *record.canary->first_lost);
  }
  return text;
}

}  // namespace

const StageRule& rule_of(Stage stage) { return table.at(static_cast<std::size_t>(stage)); }

std::string stage_diagram() {
  std::string text = "stateDiagram-v2\n  [*] --> find\n";
  for (const auto& rule : table) {
    const auto from = stage_words[static_cast<std::size_t>(rule.stage)];
    text +=
        fmt::format("  {} --> {}: {}\n", from, stage_words[static_cast<std::size_t>(rule.next)], rule.why);
    text += fmt::format("  {} --> teardown: disproved, or could not verify\n", from);
  }
  return text + "  over --> teardown: proven\n  teardown --> [*]: the scratch directory is cleared, always\n";
}

tl::unexpected<Stop> judge_restore(const std::string& what, const os::ToolResult& result) {
  const std::string words = error_line(result);
  const std::string told =
      fmt::format("cannot {}: {}{}", what, result.exit.sentence(), words.empty() ? "" : ": " + words);
  for (const auto word : content_words) {
    const bool said = result.errors.find(word) != std::string::npos || words.find(word) != std::string::npos;
    if (said) return disproved(told);
  }
  return could_not_verify(told);
}

void settle(DrillRecord& record, const std::optional<Stop>& stop) {
  if (stop) {
    record.finding = stop->finding;
    record.broken = stop->why;
    record.level = Level::unknown;
    record.sentence = stop->finding == Finding::disproved ? "it cannot be restored as it should: " + stop->why
                                                          : "it could not be verified: " + stop->why;
    return;
  }
  record.finding = Finding::proven;
  record.level = all_well(record) && asserts_rows(record) ? Level::asserted : Level::replayed;
  for (const auto& witness : record.witnesses) {
    if (witness.standing == Standing::unknown) {
      record.notes.push_back(fmt::format("{} could not be asked: {}", witness.name, witness.detail));
    }
  }
  record.sentence = proven_sentence(record);
}

}  // namespace outrider::recovery
