#include "agent/sources/otlp/logs/log_text.hpp"

#include "agent/lines/json.hpp"
#include "agent/telemetry/envelope.hpp"
#include "agent/telemetry/otlp/key_value.hpp"

#include <algorithm>
#include <limits>

namespace outrider::sources::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;
using telemetry::Severity;
using telemetry::otlp::text_of;

constexpr std::uint32_t resource_attributes = 1, scope_attributes = 3, log_attributes = 6;

// 1 to 24, four to each word.
Severity severity_of(std::uint64_t number, std::string_view word) {
  if (number == 0 || number > 24) return telemetry::read_severity(word);
  return static_cast<Severity>((number + 3) / 4);
}

core::WallTime time_of(std::uint64_t nanoseconds) {
  constexpr std::uint64_t latest = std::numeric_limits<std::int64_t>::max();
  return core::WallTime(core::Duration(static_cast<std::int64_t>(std::min(nanoseconds, latest))));
}

// Of those that the schema calls otherwise.
std::string_view usual_name(std::string_view key) {
  const bool is_environment = key == "deployment.environment.name" || key == "deployment.environment";
  return is_environment ? "service.environment" : key;
}

// What an SDK says of a service that has no name: ours is better.
bool is_no_name(const telemetry::otlp::KeyValue& attribute) {
  std::string_view name;
  return attribute.key == "service.name" && is_text(attribute.value, name) &&
         name.starts_with("unknown_service");
}

}  // namespace

struct LogText::View {
  std::uint64_t time = 0, observed = 0, severity = 0;
  std::uint64_t dropped_attributes = 0, flags = 0;
  std::string_view severity_word, body, trace_id, span_id, event;
};

LogText::View LogText::view(std::string_view log) {
  View view;
  pbf_reader reader(log.data(), log.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::fixed64): view.time = reader.get_fixed64(); break;
      case tag_and_type(2, pbf_wire_type::varint): view.severity = reader.get_uint64(); break;
      case tag_and_type(3, pbf_wire_type::length_delimited):
        view.severity_word = text_of(reader.get_view());
        break;
      case tag_and_type(5, pbf_wire_type::length_delimited): view.body = text_of(reader.get_view()); break;
      case tag_and_type(7, pbf_wire_type::varint): view.dropped_attributes = reader.get_uint64(); break;
      case tag_and_type(8, pbf_wire_type::fixed32): view.flags = reader.get_fixed32(); break;
      case tag_and_type(9, pbf_wire_type::length_delimited):
        view.trace_id = text_of(reader.get_view());
        break;
      case tag_and_type(10, pbf_wire_type::length_delimited):
        view.span_id = text_of(reader.get_view());
        break;
      case tag_and_type(11, pbf_wire_type::fixed64): view.observed = reader.get_fixed64(); break;
      case tag_and_type(12, pbf_wire_type::length_delimited): view.event = text_of(reader.get_view()); break;
      default: reader.skip();
    }
  }
  return view;
}

void LogText::begin_resource(std::string_view resource) {
  values_.cut = false;
  resource_.clear();
  add_attributes(resource_, resource, resource_attributes);
  resource_is_cut_ = values_.cut;
}

void LogText::begin_scope(std::string_view scope) {
  values_.cut = false;
  scope_.clear();
  pbf_reader reader(scope.data(), scope.size());
  while (reader.next()) {
    const bool is_text = reader.wire_type() == pbf_wire_type::length_delimited && reader.tag() <= 2;
    if (!is_text) {
      reader.skip();
      continue;
    }
    const std::string_view name = reader.tag() == 1 ? "log.logger" : "otel.scope.version";
    add_text(scope_, name, text_of(reader.get_view()));
  }
  add_attributes(scope_, scope, scope_attributes);
  shared_is_cut_ = resource_is_cut_ || values_.cut;
}

std::string_view LogText::read(std::string_view log, telemetry::Record& record) {
  values_.repaired = false;
  values_.cut = shared_is_cut_;
  const View seen = view(log);
  record = {};
  record.bytes = std::max<std::size_t>(log.size(), 1);
  record.severity = severity_of(seen.severity, seen.severity_word);
  record.time = time_of(seen.time != 0 ? seen.time : seen.observed);
  message_ = message_of(seen.body);
  own_.clear();
  add_own(seen, record);
  add_attributes(own_, log, log_attributes);
  own_.add_missing(scope_);
  own_.add_missing(resource_);
  fields_ = "{" + own_.text();
  if (values_.cut) fields_ += own_.text().empty() ? R"("otel.cut":true)" : R"(,"otel.cut":true)";
  fields_ += '}';
  if (values_.repaired) record.marks |= telemetry::mark_repaired;
  text_.clear();
  telemetry::append_envelope(text_, {"", fields_, message_, false});
  return text_;
}

void LogText::add_own(const View& log, const telemetry::Record& record) {
  add_id("trace.id", log.trace_id, 16);
  add_id("span.id", log.span_id, 8);
  add_text(own_, "event.name", log.event);
  if (log.flags != 0) add_number(own_, "trace.flags", log.flags & 0xff);
  // What our six words for it do not say.
  if (record.severity == Severity::unspecified ||
      telemetry::read_severity(log.severity_word) != record.severity)
    add_text(own_, "otel.severity_text", log.severity_word);
  if (log.severity % 4 != 1 && log.severity != 0) add_number(own_, "otel.severity_number", log.severity);
  if (log.dropped_attributes != 0) add_number(own_, "otel.dropped_attributes_count", log.dropped_attributes);
}

// One of zeros is how some say that there is none.
void LogText::add_id(std::string_view name, std::string_view id, std::size_t length) {
  static constexpr std::string_view digits = "0123456789abcdef";
  if (id.find_first_not_of('\0') == std::string_view::npos) return;
  if (id.size() != length) {
    ++broken_ids_;
    return;
  }
  own_.add(name, [id](std::string& out) {
    out += '"';
    for (const char byte : id) {
      const auto value = static_cast<unsigned char>(byte);
      out += digits[value >> 4];
      out += digits[value & 15];
    }
    out += '"';
  });
}

void LogText::add_text(NamedValues& to, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  if (!to.add(name, [&](std::string& out) { values_.append_text(out, text); })) values_.cut = true;
}

void LogText::add_number(NamedValues& to, std::string_view name, std::uint64_t number) {
  if (!to.add(name, [&](std::string& out) { out += std::to_string(number); })) values_.cut = true;
}

void LogText::add_attributes(NamedValues& to, std::string_view message, std::uint32_t number) {
  telemetry::otlp::walk(message, number, [&](std::string_view attribute) {
    const auto one = telemetry::otlp::read_key_value(attribute);
    if (&to == &resource_ && is_no_name(one)) return;
    name_.clear();
    lines::append_escaped(name_, values_.clean(usual_name(one.key), ValueWriter::longest_text));
    const auto write = [&](std::string& out) { values_.append(out, one.value); };
    const bool may_fit = one.value.size() <= most_fields_bytes;
    if (!may_fit || !to.add(name_, write)) values_.cut = true;
  });
}

// A text as it is; whatever else it may be as JSON, and of nothing nothing.
std::string_view LogText::message_of(std::string_view body) {
  if (body.empty()) return {};
  std::string_view text;
  if (is_text(body, text)) return values_.clean(text, longest_message);
  if (body.size() > longest_message) {
    values_.cut = true;
    return {};
  }
  fields_.clear();
  values_.append(fields_, body);
  return values_.clean(fields_, longest_message);
}

}  // namespace outrider::sources::otlp
