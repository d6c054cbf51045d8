#include "agent/core/text.hpp"
#include "agent/recovery/evidence/judge.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::recovery {
namespace {

struct SettingRule {
  std::string_view name;
  std::string_view bad;
  Severity severity;
  std::string_view means;
  std::string_view hint;
  bool for_archive = false;  // matters only where recovery goes through an archive
};

constexpr SettingRule rules[] = {
    {"archive_mode", "off", Severity::critical, "no WAL is archived, so a restore ends with the backup",
     "set archive_mode = on, restart the server, then take a new backup", true},
    {"wal_level", "minimal", Severity::critical, "WAL has not what a recovery or a replica needs",
     "set wal_level = replica, restart the server, then take a new backup"},
    {"fsync", "off", Severity::critical, "a crash of the machine can destroy the whole cluster",
     "set fsync = on and reload"},
    {"full_page_writes", "off", Severity::critical, "a crash in the middle of a write leaves torn pages",
     "set full_page_writes = on and reload, unless the file system writes whole pages"},
    {"data_checksums", "off", Severity::warning, "pages that rot on the disk are backed up unseen",
     "stop the server and run pg_checksums --enable"},
    {"synchronous_commit", "off", Severity::warning,
     "commits are acknowledged before they are written: a crash loses the last ones",
     "set synchronous_commit = on, at least where a commit matters"},
    {"ignore_checksum_failure", "on", Severity::critical, "broken pages are read as if they were sound",
     "set ignore_checksum_failure = off and reload"},
    {"zero_damaged_pages", "on", Severity::critical, "broken pages are emptied without a word",
     "set zero_damaged_pages = off and reload"},
};

void judge_pending(const Evidence& evidence, Judgements& found) {
  std::vector<std::string> waiting;
  for (const auto& [name, setting] : *evidence.settings) {
    if (setting.pending_restart) waiting.push_back(name);
  }
  if (waiting.empty()) return;
  found.push_back({"settings.pending_restart", Severity::warning,
                   fmt::format("{} changed in the file, and only a restart will make {} so",
                               fmt::join(waiting, ", "), waiting.size() == 1 ? "it" : "them"),
                   "restart when it suits, or put the file back: the next crash would make the change"});
}

void judge_timeout(const JudgeView& view, Judgements& found) {
  const auto timeout = duration_setting(view.evidence, "archive_timeout");
  if (!view.policy.archive || !timeout || *timeout <= view.policy.rpo) return;
  found.push_back({"settings.archive_timeout", Severity::warning,
                   fmt::format("archive_timeout is {}, longer than the {} that may be lost",
                               core::show_duration(*timeout), core::show_duration(view.policy.rpo)),
                   "set archive_timeout to half of the RPO objective or less, and reload"});
}

}  // namespace

void judge_settings(const JudgeView& view, Judgements& found) {
  const Evidence& evidence = view.evidence;
  if (!evidence.settings) {
    found.push_back({"settings.unseen", Severity::unknown, "the server's settings cannot be seen", ""});
    return;
  }
  // It is among those that only some roles may see; the others are then hidden, too.
  if (view.policy.archive && evidence.setting("archive_command") == nullptr)
    found.push_back({"settings.unseen", Severity::unknown, "archive_command cannot be seen",
                     "grant pg_monitor to the role that outrider uses"});
  for (const SettingRule& rule : rules) {
    if (rule.for_archive && !view.policy.archive) continue;
    const SettingView* const setting = evidence.setting(std::string(rule.name));
    if (setting == nullptr || setting->value != rule.bad) continue;
    found.push_back({fmt::format("settings.{}", rule.name), rule.severity,
                     fmt::format("{} is {}: {}", rule.name, rule.bad, rule.means), std::string(rule.hint)});
  }
  judge_timeout(view, found);
  judge_pending(evidence, found);
}

Judgements judge(const JudgeView& view) {
  Judgements found;
  judge_identity(view, found);
  judge_archiver(view, found);
  judge_settings(view, found);
  judge_replicas(view, found);
  judge_slots(view, found);
  std::stable_sort(found.begin(), found.end(), [](const Judgement& left, const Judgement& right) {
    return left.severity > right.severity;
  });
  return found;
}

}  // namespace outrider::recovery
