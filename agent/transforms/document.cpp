#include "agent/transforms/document.hpp"

#include "agent/lines/container.hpp"
#include "agent/lines/run.hpp"
#include "agent/transforms/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace outrider::transforms {
namespace {

bool holds(const std::vector<Member>& members, std::size_t from, std::string_view key) {
  return std::any_of(members.begin() + static_cast<std::ptrdiff_t>(from), members.end(),
                     [&](const Member& member) { return member.key == key; });
}

// Whether some key might be there twice: most documents are cleared by one look at each.
bool may_repeat(const std::vector<Member>& members) {
  std::array<std::uint64_t, 4> seen{};
  for (const Member& member : members) {
    const std::string_view key = member.key;
    if (key.empty()) return true;
    const auto byte = [key](std::size_t at) { return static_cast<unsigned char>(key[at]); };
    const std::size_t hash =
        key.size() * 29 + byte(0) * 7u + byte(key.size() - 1) * 13u + byte(key.size() / 2) * 31u;
    std::uint64_t& word = seen[hash / 64 % 4];
    const std::uint64_t bit = 1ull << (hash % 64);
    if (word & bit) return true;
    word |= bit;
  }
  return false;
}

bool is_ours(Meaning meaning) {
  if (meaning.role == Role::reserved) return true;
  return meaning.rank == 0 &&
         (meaning.role == Role::level || meaning.role == Role::message || meaning.role == Role::time);
}

void append_integer(std::string& out, std::uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view key, std::string_view value) {
  out += ",\"";
  out += key;
  out += "\":\"";
  append_escaped(out, value);
  out += '"';
}

void append_flags(std::string& out, std::uint8_t marks) {
  static constexpr std::array<std::pair<telemetry::Mark, std::string_view>, 6> names{
      {{telemetry::mark_repaired, "repaired"},
       {telemetry::mark_cut, "cut"},
       {telemetry::mark_continued, "continued"},
       {telemetry::mark_unterminated, "unterminated"},
       {telemetry::mark_unparsed, "unparsed"},
       {telemetry::mark_joined, "joined"}}};
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
  add("service.name", resource.service);
  add("service.namespace", resource.namespace_);
  add("service.version", resource.version);
  add("service.environment", resource.environment);
  add("service.instance.id", resource.instance);
  add("host.name", resource.host);
  add("event.dataset", resource.service);
}

void DocumentWriter::add(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  Constant constant;
  append_field(constant.text, key, value);
  constant.bit = 1u << meaning_of(key).rank;
  all_constants_.text += constant.text;
  all_constants_.bit |= constant.bit;
  constants_.push_back(std::move(constant));
}

void DocumentWriter::write(std::string& out, const Event& event) {
  out += "{\"@timestamp\":\"";
  append_time(out, event.record.time);
  out += '"';
  if (event.record.severity != telemetry::Severity::unspecified) {
    out += ",\"log.level\":\"";
    out += name_of(event.record.severity);
    out += '"';
  }
  out += ",\"message\":";
  if (event.message_is_json && !event.escaped) {
    out += event.message;
  } else if (event.message_is_json) {
    append_json(out, event.message);
  } else {
    out += '"';
    append_escaped(out, event.message);
    out += '"';
  }
  if (!event.problem.empty()) append_field(out, "error.message", event.problem);
  const std::uint32_t said = write_own(out, event);
  if (!(said & all_constants_.bit)) {
    out += all_constants_.text;
  } else {
    for (const Constant& constant : constants_) {
      if (!(said & constant.bit)) out += constant.text;
    }
  }
  write_place(out, event, said);
  append_flags(out, event.record.marks);
  out += '}';
}

// Gives a bit for each identity field that the line says itself.
std::uint32_t DocumentWriter::write_own(std::string& out, const Event& event) const {
  const std::vector<Member>& own = event.own;
  std::uint32_t said = 0;
  // A key twice in one object: readers differ on which counts, so the last, as most do.
  const bool look = own.size() <= 64 && may_repeat(own);
  lines::Run run(out);
  for (std::size_t at = 0; at < own.size(); ++at) {
    const Member& member = own[at];
    if (look && holds(own, at + 1, member.key)) continue;
    const Meaning meaning = event.special ? meaning_of(member.key) : Meaning();
    if (meaning.role == Role::identity) said |= 1u << meaning.rank;
    const bool ours = is_ours(meaning);
    if (!ours && !event.escaped && run.takes(event.line, member)) continue;
    run.end();
    out += ",\"";
    if (ours) out += "original.";
    out += member.key;
    out += "\":";
    if (event.escaped) {
      append_json(out, member.value);
    } else {
      out += member.value;
    }
  }
  run.end();
  return said;
}

void DocumentWriter::write_place(std::string& out, const Event& event, std::uint32_t said) {
  const bool is_file = event.stream.starts_with('/');
  if (is_file) {
    if (file_ != event.stream) {
      file_ = event.stream;
      file_text_.clear();
      append_field(file_text_, "log.file.path", file_);
      const std::string_view container = lines::container_in(file_);
      if (!container.empty()) append_field(file_text_, "container.id", container);
    }
    // With a container of its own the line keeps that, and the path says the other.
    const bool own_container = said & (1u << meaning_of("container.id").rank);
    if (own_container) {
      append_field(out, "log.file.path", file_);
    } else {
      out += file_text_;
    }
  }
  const std::string_view channel = !event.channel.empty() ? event.channel : stream_field(event.stream);
  if (!is_file || !event.channel.empty()) append_field(out, "stream", channel);
  out += ",\"log.generation\":";
  append_integer(out, event.record.origin.generation);
  out += ",\"log.offset\":";
  append_integer(out, event.record.origin.offset);
}

std::string_view stream_field(std::string_view stream) {
  if (stream == "child output") return "stdout";
  if (stream == "child errors") return "stderr";
  return stream;
}

}  // namespace outrider::transforms
