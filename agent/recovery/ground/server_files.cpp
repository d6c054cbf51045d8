#include "agent/recovery/ground/server_files.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::recovery {
namespace {

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'') text += '\'';
    text += c;
  }
  return text + "'";
}

// In its configuration the server knows no "Z".
std::string as_the_server_reads_it(core::WallTime time) {
  std::string text = core::show_time(time);
  if (!text.empty() && text.back() == 'Z') text.replace(text.size() - 1, 1, "+00");
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string target_settings(const RecoveryTarget& target) {
  if (target.is_end()) return {};
  std::string text = "recovery_target_action = 'pause'\n";
  if (target.lsn) text += fmt::format("recovery_target_lsn = {}\n", quoted(target.lsn->text()));
  if (target.time)
    text += fmt::format("recovery_target_time = {}\n", quoted(as_the_server_reads_it(*target.time)));
  if (!target.name.empty()) text += fmt::format("recovery_target_name = {}\n", quoted(target.name));
  return text;
}

constexpr std::string_view settings_to_drill =
    "cluster_name = 'outrider drill'\n"
    // A copy that is thrown away need not survive a power cut.
    "fsync = off\n"
    "synchronous_commit = off\n"
    "full_page_writes = off\n"
    "max_standby_archive_delay = -1\n"
    "wal_retrieve_retry_interval = '100ms'\n"
    "checkpoint_timeout = '1d'\n"
    "max_wal_size = '16GB'\n"
    "min_wal_size = '2GB'\n"  // at least two segments, of whatever size
    "shared_buffers = '128MB'\n";

// It goes on for months: what it has replayed must survive a power cut, its WAL must not pile up, and nobody
// who reads in it may hold it up for long.
std::string settings_to_follow(const Following& following, const ControlData& control) {
  constexpr std::uint64_t mib = 1 << 20;
  const std::uint64_t segment = std::max(control.segment_bytes / mib, std::uint64_t{1});
  return fmt::format(
      "cluster_name = 'outrider proof standby'\n"
      "max_standby_archive_delay = '5s'\n"
      "wal_retrieve_retry_interval = '{}ms'\n"
      "checkpoint_timeout = '5min'\n"
      "max_wal_size = '{}MB'\n"
      "min_wal_size = '{}MB'\n"
      "shared_buffers = '{}kB'\n",
      std::chrono::duration_cast<std::chrono::milliseconds>(following.ask_every).count(),
      std::max(std::uint64_t{512}, 8 * segment), std::max(std::uint64_t{32}, 2 * segment),
      following.shared_buffers / 1024);
}

}  // namespace

std::string server_settings(const ServerPlan& plan, const std::string& restore_command,
                            const std::string& socket, const std::string& hba_path) {
  const ControlData& control = plan.control;
  std::string text =
      "# Written by outrider for a restored copy; whatever the source had configured has no effect here.\n"
      "listen_addresses = ''\n"
      "port = 5432\n"
      "unix_socket_permissions = 0700\n"
      "ssl = off\n"
      "logging_collector = off\n"
      "log_destination = 'stderr'\n"
      "log_line_prefix = ''\n"
      "lc_messages = 'C'\n"
      // Nothing may leave, and nothing may begin by itself.
      "archive_mode = off\n"
      "primary_conninfo = ''\n"
      "primary_slot_name = ''\n"
      "shared_preload_libraries = ''\n"
      "session_preload_libraries = ''\n"
      "max_logical_replication_workers = 0\n"
      "autovacuum = off\n"
      "hot_standby = on\n";
  text += plan.following ? settings_to_follow(*plan.following, control) : std::string(settings_to_drill);
  text += fmt::format("unix_socket_directories = {}\nhba_file = {}\n", quoted(socket), quoted(hba_path));
  text += fmt::format(
      "max_connections = {}\nmax_worker_processes = {}\nmax_wal_senders = {}\n"
      "max_prepared_transactions = {}\nmax_locks_per_transaction = {}\n",
      std::max(control.max_connections, 20u), control.max_worker_processes, control.max_wal_senders,
      control.max_prepared_transactions, std::max(control.max_locks_per_transaction, 64u));
  text += fmt::format("restore_command = {}\nrecovery_target_timeline = '{}'\n", quoted(restore_command),
                      plan.timeline == 0 ? "latest" : std::to_string(plan.timeline));
  text += target_settings(plan.target);
  for (const auto& [name, value] : plan.settings) text += fmt::format("{} = {}\n", name, quoted(value));
  return text;
}

std::string server_access() { return "local all all trust\n"; }

std::string last_words_of_log(std::string_view log) {
  std::string_view last, fatal, killed, panic, setting;
  while (!log.empty()) {
    const std::string_view line = core::take_line(log);
    if (line.empty()) continue;
    last = line;
    const auto says = [&](std::string_view what) { return line.find(what) != std::string_view::npos; };
    if (line.starts_with("PANIC:")) panic = line;
    if (says("configuration parameter") || says("value for parameter")) setting = line;
    if (says("was terminated by signal")) killed = line;
    const bool of_a_session = says("the database system is") || says("terminating connection");
    // Before it has read its configuration it puts the time before each line.
    if (says("FATAL:") && !of_a_session) fatal = line.substr(line.find("FATAL:"));
  }
  for (const auto words : {panic, killed, fatal}) {
    if (words.empty()) continue;
    const bool names_no_setting = words.find("contains errors") != std::string_view::npos && !setting.empty();
    return std::string(words) + (names_no_setting ? ": " + std::string(setting) : "");
  }
  return std::string(last);
}

}  // namespace outrider::recovery
