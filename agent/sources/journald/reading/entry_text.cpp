#include "agent/sources/journald/reading/entry_text.hpp"

#include "agent/core/number.hpp"
#include "agent/lines/json.hpp"
#include "agent/telemetry/envelope.hpp"
#include "agent/telemetry/syslog_level.hpp"
#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <array>

namespace outrider::sources::journald {
namespace {

// The fields that have a place of their own. Those of one entry are kept by these numbers.
enum Known : std::size_t {
  priority,
  facility,
  identifier,
  pid,
  syslog_pid,
  comm,
  exe,
  cmdline,
  uid,
  unit,
  user_unit,
  hostname,
  machine_id,
  boot_id,
  container_id,
  container_name,
  code_file,
  code_line,
  code_function,
  transport,
  sent,
  line_break,
  known_count
};

constexpr std::array<std::string_view, known_count> names{
    "PRIORITY",       "SYSLOG_FACILITY",    "SYSLOG_IDENTIFIER",
    "_PID",           "SYSLOG_PID",         "_COMM",
    "_EXE",           "_CMDLINE",           "_UID",
    "_SYSTEMD_UNIT",  "_SYSTEMD_USER_UNIT", "_HOSTNAME",
    "_MACHINE_ID",    "_BOOT_ID",           "CONTAINER_ID_FULL",
    "CONTAINER_NAME", "CODE_FILE",          "CODE_LINE",
    "CODE_FUNC",      "_TRANSPORT",         "_SOURCE_REALTIME_TIMESTAMP",
    "_LINE_BREAK"};

constexpr std::uint64_t latest_microseconds = 9'000'000'000'000'000;  // in 2255: nanoseconds end soon after

constexpr std::string_view service_suffix = ".service";

std::string lowered(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

core::Outcome<std::string_view> EntryText::read(Journal& journal, telemetry::Record& record) {
  known_.resize(known_count);
  for (std::string& value : known_) value.clear();
  others_.clear();
  message_.clear();
  kept_bytes_ = 0;
  has_message_ = repaired_ = cut_ = false;
  const auto received = journal.received_microseconds();
  if (!received) return core::fail(received.error());
  const core::Outcome<> read =
      journal.fields([this](std::string_view name, std::string_view value) { take(name, value); });
  if (!read) return core::fail(read.error());

  record = {};
  std::uint64_t microseconds = *received;
  if (clock_ == Clock::sent) microseconds = core::read_number<std::uint64_t>(said(sent)).value_or(*received);
  record.time = core::WallTime(std::chrono::microseconds(std::min(microseconds, latest_microseconds)));
  write_fields(record);
  record.bytes = message_.size() + 1;
  if (repaired_) record.marks |= telemetry::mark_repaired;
  text_.clear();
  const std::string_view process = said(pid).empty() ? said(identifier) : said(pid);
  std::string writer(process.substr(0, 256));
  std::ranges::replace(writer, '\n', ' ');
  telemetry::append_envelope(text_, {writer, fields_, message_, said(line_break) == "line-max"});
  return text_;
}

// Of a field that is there twice the first counts: journald itself puts nothing it vouches for there twice.
void EntryText::take(std::string_view name, std::string_view value) {
  bytes_seen_ += name.size() + value.size();
  if (name == "MESSAGE" && !has_message_) return take_message(value);
  const auto known = std::ranges::find(names, name);
  if (known == names.end()) {
    if (all_fields_) keep_other(name, value);
    return;
  }
  std::string& kept = known_[static_cast<std::size_t>(known - names.begin())];
  if (kept.empty()) kept = clean(value, longest_value);
}

void EntryText::take_message(std::string_view value) {
  has_message_ = true;
  message_ = clean(value, longest_message);
}

void EntryText::keep_other(std::string_view name, std::string_view value) {
  if (kept_bytes_ + name.size() >= most_fields_bytes) {
    cut_ = true;
    return;
  }
  std::string text = clean(value, std::min(longest_value, most_fields_bytes - kept_bytes_ - name.size()));
  kept_bytes_ += name.size() + text.size();
  const auto same = std::ranges::find(others_, name, &Other::name);
  if (same != others_.end()) {
    same->values.push_back(std::move(text));
  } else {
    others_.push_back({std::string(name), {}});
    others_.back().values.push_back(std::move(text));
  }
}

std::string EntryText::clean(std::string_view value, std::size_t most) {
  if (value.size() > most) {
    cut_ = true;
    value = value.substr(0, telemetry::whole_characters(value, most));
  }
  if (telemetry::valid_utf8(value)) return std::string(value);
  repaired_ = true;
  std::string text;
  telemetry::append_repaired(text, value);
  return text;
}

void EntryText::write_fields(telemetry::Record& record) {
  fields_ = R"({"event.dataset":"journald")";
  write_syslog(record);
  const std::string_view of_unit = said(user_unit).empty() ? said(unit) : said(user_unit);
  std::string_view service = of_unit.empty() ? said(identifier) : of_unit;
  if (service.ends_with(service_suffix)) service.remove_suffix(service_suffix.size());
  add("service.name", service);
  add("systemd.unit", of_unit);
  add("systemd.transport", said(transport));
  add_number("process.pid", said(pid).empty() ? said(syslog_pid) : said(pid));
  add("process.name", said(comm).empty() ? said(identifier) : said(comm));
  add("process.executable", said(exe));
  add("process.command_line", said(cmdline));
  add("user.id", said(uid));
  add("host.name", said(hostname));
  add("host.id", said(machine_id));
  add("host.boot.id", said(boot_id));
  add("container.id", said(container_id));
  add("container.name", said(container_name));
  add("log.origin.file.name", said(code_file));
  add_number("log.origin.file.line", said(code_line));
  add("log.origin.function", said(code_function));
  if (cut_) fields_ += R"(,"journald.cut":true)";
  for (const Other& other : others_) {
    fields_ += ",\"journald.";
    lines::append_escaped(fields_, lowered(clean(other.name, longest_value)));
    fields_ += other.values.size() > 1 ? "\":[" : "\":";
    for (std::size_t at = 0; at < other.values.size(); ++at) {
      fields_ += at > 0 ? ",\"" : "\"";
      lines::append_escaped(fields_, other.values[at]);
      fields_ += '"';
    }
    if (other.values.size() > 1) fields_ += ']';
  }
  fields_ += '}';
}

void EntryText::write_syslog(telemetry::Record& record) {
  const auto severity = core::read_number<unsigned>(said(priority));
  if (severity && *severity < telemetry::syslog_levels.size()) {
    record.severity = telemetry::syslog_levels[*severity].severity;
    add_number("log.syslog.severity.code", said(priority));
    add("log.syslog.severity.name", telemetry::syslog_levels[*severity].name);
  }
  add_number("log.syslog.facility.code", said(facility));
  add("log.syslog.appname", said(identifier));
}

void EntryText::add(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  fields_ += ",\"";
  fields_ += key;
  fields_ += "\":\"";
  lines::append_escaped(fields_, value);
  fields_ += '"';
}

void EntryText::add_number(std::string_view key, std::string_view digits) {
  const auto number = core::read_number<std::uint64_t>(digits);
  if (!number) return;
  fields_ += ",\"";
  fields_ += key;
  fields_ += "\":" + std::to_string(*number);
}

}  // namespace outrider::sources::journald
