#include "agent/transforms/document.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace outrider::transforms {
namespace {

// What the document says itself; a line's own field of that name is kept as "original.<name>", since a key
// must not appear twice.
constexpr std::array<std::string_view, 8> reserved{"@timestamp", "log.level",      "message",
                                                   "stream",     "log.generation", "log.offset",
                                                   "log.flags",  "ecs.version"};

bool holds(std::span<const Member> members, std::string_view key) {
  return std::any_of(members.begin(), members.end(), [&](const Member& member) { return member.key == key; });
}

void append_integer(std::string& out, std::uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_flags(std::string& out, std::uint8_t marks) {
  static constexpr std::array<std::pair<telemetry::Mark, std::string_view>, 5> names{
      {{telemetry::mark_repaired, "repaired"},
       {telemetry::mark_cut, "cut"},
       {telemetry::mark_continued, "continued"},
       {telemetry::mark_unterminated, "unterminated"},
       {telemetry::mark_not_json, "not_json"}}};
  if (marks == 0) return;
  out += ",\"log.flags\":[";
  bool first = true;
  for (const auto& [mark, name] : names) {
    if (!(marks & mark)) continue;
    if (!std::exchange(first, false)) out += ',';
    out += '"';
    out += name;
    out += '"';
  }
  out += ']';
}

}  // namespace

DocumentWriter::DocumentWriter(const core::Resource& resource) {
  const auto add = [this](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    std::string text = ",\"";
    text += key;
    text += "\":\"";
    append_escaped(text, value);
    text += '"';
    constants_.push_back({key, std::move(text)});
  };
  add("service.name", resource.service);
  add("service.namespace", resource.namespace_);
  add("service.version", resource.version);
  add("service.environment", resource.environment);
  add("service.instance.id", resource.instance);
  add("host.name", resource.host);
}

void DocumentWriter::write(std::string& out, const telemetry::Record& record, std::string_view stream,
                           Message message, std::span<const Member> own) const {
  out += "{\"@timestamp\":\"";
  append_time(out, record.time);
  out += '"';
  if (record.severity != telemetry::Severity::unspecified) {
    out += ",\"log.level\":\"";
    out += name_of(record.severity);
    out += '"';
  }
  out += ",\"message\":";
  if (message.raw) {
    append_json(out, message.text);
  } else {
    out += '"';
    append_escaped(out, message.text);
    out += '"';
  }
  for (std::size_t at = 0; at < own.size(); ++at) {
    const Member& member = own[at];
    // A key twice in one object: readers differ on which counts, so the last, as most do.
    if (own.size() <= 64 && holds(own.subspan(at + 1), member.key)) continue;
    out += ",\"";
    if (std::find(reserved.begin(), reserved.end(), member.key) != reserved.end()) out += "original.";
    out += member.key;
    out += "\":";
    append_json(out, member.value);
  }
  for (const Constant& constant : constants_) {
    if (own.empty() || !holds(own, constant.key)) out += constant.text;
  }
  out += ",\"stream\":\"";
  append_escaped(out, stream_field(stream));
  out += "\",\"log.generation\":";
  append_integer(out, record.origin.generation);
  out += ",\"log.offset\":";
  append_integer(out, record.origin.offset);
  append_flags(out, record.marks);
  out += '}';
}

std::string_view stream_field(std::string_view stream) {
  if (stream == "child output") return "stdout";
  if (stream == "child errors") return "stderr";
  return stream;
}

}  // namespace outrider::transforms
