#include "agent/core/text.hpp"
#include "agent/recovery/evidence/judge.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

using core::show_age;
using core::show_time;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char sign) { return sign == ' ' || sign == '\t' || sign == ';' || sign == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// What a shell is told to do, without the shell.
std::string_view without_shell(std::string_view text) {
  for (const std::string_view shell : {"sh -c ", "bash -c ", "/bin/sh -c ", "/bin/bash -c "}) {
    if (!text.starts_with(shell)) continue;
    text = trimmed(text.substr(shell.size()));
    if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front())
      text = trimmed(text.substr(1, text.size() - 2));
  }
  return text;
}

bool says_yes(std::string_view command) {
  static constexpr std::array<std::string_view, 6> yes{"true", "/bin/true", "/usr/bin/true",
                                                       ":",    "exit 0",    "exit"};
  return std::find(yes.begin(), yes.end(), command) != yes.end();
}

// The last part of the command, behind the last "||", ";" or "&&"-less joint that decides its exit code.
std::optional<std::string_view> last_word_after(std::string_view command, std::string_view joint) {
  const auto at = command.rfind(joint);
  if (at == std::string_view::npos) return std::nullopt;
  return trimmed(command.substr(at + joint.size()));
}

// How long it may stand still before that is told.
core::Duration patience(const JudgeView& view) {
  const auto timeout = duration_setting(view.evidence, "archive_timeout");
  if (!timeout || *timeout == core::Duration::zero()) return view.policy.stall_after;
  return std::max(*timeout, view.policy.stall_least);
}

// How long nothing was archived although something waits.
core::Duration stood(const JudgeView& view) {
  core::Duration length{};
  if (view.track.standstill) length = view.evidence.at - view.track.standstill->since;
  // An agent that has just started knows it by the age of the oldest file, and of the last success.
  const auto& ready = view.evidence.ready;
  if (!ready || ready->count == 0 || !ready->oldest_time || !view.evidence.archiver) return length;
  const core::WallTime here = view.evidence.server_time.value_or(view.evidence.taken);
  core::Duration waited = here - *ready->oldest_time;
  if (const auto& last = view.evidence.archiver->last_archived_time)
    waited = std::min(waited, core::Duration(here - *last));
  return std::max(length, waited);
}

bool is_failing(const ArchiverView& archiver) {
  if (!archiver.last_failed_time) return false;
  return !archiver.last_archived_time || *archiver.last_failed_time > *archiver.last_archived_time;
}

void judge_failing(const JudgeView& view, const ArchiverView& archiver, Judgements& found) {
  const auto& evidence = view.evidence;
  const core::WallTime here = evidence.server_time.value_or(evidence.taken);
  // PostgreSQL tries again after a second: what succeeds then was nobody's trouble.
  const bool dated = evidence.ready && evidence.ready->oldest_time;
  const bool long_ago =
      stood(view) >= patience(view) ||
      (!dated && (!archiver.last_archived_time || here - *archiver.last_archived_time > patience(view)));
  std::string last = archiver.last_archived_time
                         ? fmt::format("{} was archived {} ago", archiver.last_archived,
                                       show_age(here - *archiver.last_archived_time))
                         : std::string("nothing was ever archived");
  const std::uint64_t waiting = evidence.ready ? evidence.ready->count : 0;
  found.push_back(
      {"archiver.failing", long_ago ? Severity::critical : Severity::warning,
       fmt::format("archiving of {} fails, last {} ago, {} failures in all; {}{}", archiver.last_failed,
                   show_age(here - *archiver.last_failed_time), archiver.failed, last,
                   waiting > 0 ? fmt::format("; {} files wait", waiting) : std::string()),
       "the server's log has the command's exit code and its words; pg_wal grows until this is "
       "mended: never remove files from it by hand"});
}

// The end of the last archived segment, for who cannot see the queue.
bool wal_left_it_behind(const Evidence& evidence) {
  if (!evidence.written || evidence.segment_bytes == 0) return false;
  const auto name = wal::read_name(evidence.archiver->last_archived);
  const auto id = name ? wal::place(*name, evidence.segment_bytes) : std::nullopt;
  if (!id) return false;
  return evidence.written->value >= id->end(evidence.segment_bytes).value + evidence.segment_bytes;
}

void judge_standstill(const JudgeView& view, Judgements& found) {
  const Evidence& evidence = view.evidence;
  const bool queued = evidence.ready && evidence.ready->count > 0;
  if (evidence.ready && !queued) return;
  if (!evidence.ready && !wal_left_it_behind(evidence)) return;

  const core::Duration length = stood(view);
  if (length < patience(view)) return;
  const std::string what =
      queued ? fmt::format("{} has been first in the queue for {}", evidence.ready->oldest, show_age(length))
             : fmt::format("nothing was archived for {} while WAL went on to {}", show_age(length),
                           evidence.written->text());
  found.push_back({"archiver.stalled", Severity::critical,
                   fmt::format("the archiver stands still: {}, and no failure is counted", what),
                   "look for a hanging archive command among the server's children (ps --forest), and why it "
                   "hangs; ending that process makes PostgreSQL try again"});
}

void judge_backlog(const JudgeView& view, Judgements& found) {
  const auto& ready = view.evidence.ready;
  if (!ready || ready->count <= view.policy.backlog) return;
  std::string trend;
  if (!view.track.ready.empty()) {
    const auto& [when, count] = view.track.ready.front();
    const double hours = std::chrono::duration<double, std::ratio<3600>>(view.evidence.at - when).count();
    if (hours > 0.05 && ready->count > count)
      trend = fmt::format(", and {:.0f} more an hour", static_cast<double>(ready->count - count) / hours);
    else if (ready->count < count)
      trend = ", and getting fewer";
  }
  found.push_back({"archiver.backlog", Severity::warning,
                   fmt::format("{} files wait to be archived{}", ready->count, trend),
                   "the archive takes them more slowly than they are written: archive asynchronously or in "
                   "parallel"});
}

void judge_command(const Evidence& evidence, Judgements& found) {
  const SettingView* const library = evidence.setting("archive_library");
  if (library != nullptr && !library->value.empty()) return;
  const SettingView* const command = evidence.setting("archive_command");
  if (command == nullptr) return;  // the settings' judge says so
  const auto doubt = suspicious_command(command->value);
  if (!doubt) return;
  found.push_back(
      {"archiver.command", Severity::critical,
       fmt::format("archive_command is '{}': {}", command->value, *doubt),
       "set a command that stores the segment and fails when it could not, then take a new backup: "
       "what was thrown away leaves a hole"});
}

}  // namespace

std::optional<std::string> suspicious_command(std::string_view command) {
  const std::string_view text = without_shell(trimmed(command));
  if (text.empty()) return "it is empty, so nothing is archived and pg_wal grows";
  if (says_yes(text)) return "it says yes and stores nothing";
  if (const auto first = text.substr(0, text.find(' ')); first != "exit" && says_yes(first))
    return "it says yes and stores nothing";
  for (const std::string_view joint : {"||", ";"}) {
    const auto last = last_word_after(text, joint);
    if (last && says_yes(*last)) return "it says yes even when it failed";
  }
  const bool into_nothing = text.find("%p /dev/null") != std::string_view::npos ||
                            (text.starts_with("cat ") && text.find("/dev/null") != std::string_view::npos &&
                             text.find("%f") == std::string_view::npos);
  if (into_nothing) return "it throws the segment away";
  if (text.find("%p") == std::string_view::npos && text.find("%f") == std::string_view::npos)
    return "it is not told which segment to store (%p)";
  return std::nullopt;
}

std::optional<core::Duration> time_to_stall(const JudgeView& view) {
  const bool waits = view.evidence.ready && view.evidence.ready->count > 0;
  if (!view.policy.archive || !waits) return std::nullopt;
  const core::Duration left = patience(view) - stood(view);
  return left > core::Duration::zero() ? std::optional(left) : std::nullopt;
}

void judge_archiver(const JudgeView& view, Judgements& found) {
  const Evidence& evidence = view.evidence;
  if (!view.policy.archive) return;
  const SettingView* const mode = evidence.setting("archive_mode");
  if (mode != nullptr && mode->value == "off") return;  // the settings' judge says so
  if (evidence.in_recovery.value_or(false) && (mode == nullptr || mode->value != "always")) return;
  if (!evidence.archiver) {
    found.push_back({"archiver.unseen", Severity::unknown, "what the archiver does cannot be seen",
                     "grant pg_monitor to the role that outrider uses"});
    return;
  }
  if (!evidence.ready)
    found.push_back({"archiver.queue", Severity::unknown, "the archiver's queue cannot be seen",
                     "grant pg_monitor to the role that outrider uses"});
  judge_command(evidence, found);
  if (is_failing(*evidence.archiver))
    judge_failing(view, *evidence.archiver, found);
  else
    judge_standstill(view, found);
  judge_backlog(view, found);
}

}  // namespace outrider::recovery
