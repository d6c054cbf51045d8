#include "agent/transforms/syslog/syslog.hpp"

#include "agent/telemetry/syslog_level.hpp"
#include "agent/transforms/syslog/message.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::syslog {
namespace {

constexpr std::array<std::string_view, 24> facilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "solaris-cron",
    "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 9 && (text.size() == 1 || text[0] != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The values are written as JSON into one text; until it is complete only their places are known.
class Fields {
 public:
  explicit Fields(std::string& text, std::vector<std::size_t>& ends) : text_(text), ends_(ends) {
    ends_.clear();
  }

  void number(std::string_view key, std::string_view digits) {
    text_ += digits;
    end(key);
  }
  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    text_ += '"';
    append_escaped(text_, value);
    text_ += '"';
    end(key);
  }
  // {"id":{"name":"value"}}; what is there more than once becomes a list.
  void structured(std::string_view key, std::string_view elements) {
    if (elements.empty()) return;
    std::string_view id, pairs;
    char before = '{';
    for (std::vector<std::string_view> seen; next_element(elements, id, pairs);) {
      if (std::ranges::find(seen, id) != seen.end()) continue;  // RFC 5424 forbids it
      seen.push_back(id);
      text_ += std::exchange(before, ',');
      name(id);
      write_pairs(pairs);
    }
    text_ += '}';
    end(key);
  }

  void hand_over(std::vector<Member>& own) const {
    std::size_t from = 0;
    for (std::size_t at = 0; at < ends_.size(); ++at) {
      own.push_back({keys_[at], std::string_view(text_).substr(from, ends_[at] - from)});
      from = ends_[at];
    }
  }

 private:
  void end(std::string_view key) {
    keys_[ends_.size()] = key;
    ends_.push_back(text_.size());
  }

  void name(std::string_view name) {
    text_ += '"';
    append_escaped(text_, name);
    text_ += "\":";
  }

  void write_pairs(std::string_view pairs) {
    std::vector<std::pair<std::string_view, std::vector<std::string_view>>> all;
    std::string_view key, value;
    while (next_pair(pairs, key, value)) {
      const auto known = std::ranges::find(all, key, [](const auto& pair) { return pair.first; });
      if (known == all.end()) {
        all.push_back({key, {value}});
      } else {
        known->second.push_back(value);
      }
    }
    text_ += '{';
    for (std::size_t at = 0; at < all.size(); ++at) {
      if (at > 0) text_ += ',';
      name(all[at].first);
      write_values(all[at].second);
    }
    text_ += '}';
  }

  void write_values(const std::vector<std::string_view>& values) {
    if (values.size() > 1) text_ += '[';
    for (std::size_t at = 0; at < values.size(); ++at) {
      if (at > 0) text_ += ',';
      text_ += '"';
      append_escaped(text_, unescaped(values[at]));
      text_ += '"';
    }
    if (values.size() > 1) text_ += ']';
  }

  // \" \\ and \] stand for what follows; any other backslash is one (RFC 5424 §6.3.3).
  std::string unescaped(std::string_view value) {
    std::string plain;
    for (std::size_t at = 0; at < value.size(); ++at) {
      const bool is_escape = value[at] == '\\' && at + 1 < value.size() &&
                             std::string_view("\"\\]").find(value[at + 1]) != std::string_view::npos;
      plain += value[is_escape ? ++at : at];
    }
    return plain;
  }

  std::string& text_;
  std::vector<std::size_t>& ends_;
  std::array<std::string_view, 16> keys_{};
};

class SyslogFormat final : public Format {
 public:
  void read(Event& event) override {
    if (telemetry::is_piece(event.record)) return event.take_as_text(too_long);
    Message message;
    const std::string_view problem = syslog::read(event.line, event.record.time, message);
    if (!problem.empty()) return event.take_as_text(problem);
    event.named_elsewhere = true;
    event.message = message.text;
    if (message.time) event.record.time = *message.time;
    event.record.severity = telemetry::syslog_levels[message.severity()].severity;
    Fields fields(event.scratch(), ends_);
    write(fields, message);
    fields.hand_over(event.own);
    if (event.notes != nullptr) event.note("syslog", message.is_5424 ? "RFC 5424" : "RFC 3164");
  }

 private:
  static void write(Fields& fields, const Message& message) {
    fields.number("log.syslog.priority", std::to_string(message.priority));
    fields.number("log.syslog.facility.code", std::to_string(message.facility()));
    fields.text("log.syslog.facility.name", facilities[message.facility()]);
    fields.number("log.syslog.severity.code", std::to_string(message.severity()));
    fields.text("log.syslog.severity.name", telemetry::syslog_levels[message.severity()].name);
    if (message.is_5424) fields.text("log.syslog.version", "1");
    fields.text("host.name", message.host);
    fields.text("log.syslog.hostname", message.host);
    fields.text("process.name", message.app);
    fields.text("log.syslog.appname", message.app);
    if (is_number(message.process)) fields.number("process.pid", message.process);
    fields.text("log.syslog.procid", message.process);
    fields.text("log.syslog.msgid", message.id);
    fields.structured("log.syslog.structured_data", message.structured);
  }

  std::vector<std::size_t> ends_;
};

}  // namespace

std::unique_ptr<Format> make() { return std::make_unique<SyslogFormat>(); }

}  // namespace outrider::transforms::syslog
