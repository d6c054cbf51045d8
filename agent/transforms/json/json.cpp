#include "agent/transforms/json/json.hpp"

#include "agent/transforms/document.hpp"
#include "agent/transforms/json_scan.hpp"

#include <array>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace outrider::transforms::json {
namespace {

// The names by which loggers call the three; the earlier wins where a line has several.
constexpr std::array<std::string_view, 6> level_names{"log.level", "level",    "severity",
                                                      "lvl",       "loglevel", "levelname"};
constexpr std::array<std::string_view, 5> message_names{"message", "msg", "what", "event", "text"};
constexpr std::array<std::string_view, 6> time_names{"@timestamp", "timestamp", "time",
                                                     "ts",         "datetime",  "date"};

bool is_string(const Member& member) { return member.value.front() == '"'; }

class JsonTransform final : public Transform {
 public:
  explicit JsonTransform(const core::Resource& resource) : writer_(resource) {}

  void apply(telemetry::Batch& batch) override {
    std::vector<telemetry::ChunkPointer> kept;
    for (telemetry::Record& record : batch.records) {
      document_.clear();
      const bool whole = !(record.marks & (telemetry::mark_cut | telemetry::mark_continued));
      if (whole && scan_object(record.text, members_)) {
        settle_keys();
        rewrite(record, batch.stream);
      } else {
        record.marks |= telemetry::mark_not_json;
        writer_.write(document_, record, batch.stream, {record.text, false}, {});
      }
      record.text = shelter_.keep(document_, kept);
    }
    batch.chunks = std::move(kept);
  }

 private:
  void rewrite(telemetry::Record& record, std::string_view stream) {
    take_level(record);
    take_time(record);
    const std::optional<Member> message =
        take(message_names, [](const Member& member) { return is_string(member); });
    const DocumentWriter::Message text =
        message ? DocumentWriter::Message{message->value, true} : DocumentWriter::Message{"", false};
    writer_.write(document_, record, stream, text, members_);
  }

  // One name has one spelling from here on: "m\u0065ssage" must not stand beside our own "message".
  void settle_keys() {
    keys_.clear();
    for (Member& member : members_) {
      if (member.key.find('\\') == std::string_view::npos) continue;
      const std::string_view quoted(member.key.data() - 1, member.key.size() + 2);
      append_escaped(keys_.emplace_back(), string_value(quoted, buffer_));
      member.key = keys_.back();
    }
  }

  void take_level(telemetry::Record& record) {
    auto severity = telemetry::Severity::unspecified;
    take(level_names, [&](const Member& member) {
      if (!is_string(member)) return false;
      severity = telemetry::read_severity(string_value(member.value, buffer_));
      return severity != telemetry::Severity::unspecified;  // an unknown word stays as a field
    });
    if (severity != telemetry::Severity::unspecified) record.severity = severity;
  }

  void take_time(telemetry::Record& record) {
    std::optional<core::WallTime> time;
    take(time_names, [&](const Member& member) {
      time = read_time(is_string(member) ? string_value(member.value, buffer_) : member.value);
      return time.has_value();
    });
    if (time) record.time = *time;
  }

  // Removes the member that goes by the first of `names` and fits; nothing when none does.
  template <class Fits>
  std::optional<Member> take(std::span<const std::string_view> names, const Fits& fits) {
    for (const std::string_view name : names) {
      for (auto at = members_.begin(); at != members_.end(); ++at) {
        if (at->key != name || !fits(*at)) continue;
        const Member found = *at;
        members_.erase(at);
        return found;
      }
    }
    return std::nullopt;
  }

  DocumentWriter writer_;
  telemetry::Shelter shelter_;
  std::vector<Member> members_;
  std::deque<std::string> keys_;  // of members_, where they had to be written anew; never moved
  std::string document_;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<Transform> make(const core::Resource& resource) {
  return std::make_unique<JsonTransform>(resource);
}

}  // namespace outrider::transforms::json
