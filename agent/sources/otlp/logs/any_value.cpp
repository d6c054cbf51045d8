#include "agent/sources/otlp/logs/any_value.hpp"

#include "agent/lines/json.hpp"
#include "agent/seal/digest.hpp"
#include "agent/telemetry/otlp/key_value.hpp"
#include "agent/telemetry/utf8.hpp"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace outrider::sources::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;
using telemetry::otlp::text_of;

constexpr unsigned most_levels = 32;
constexpr std::uint32_t text_value = 1;

// JSON has no words for some of them.
void append_real(std::string& out, double value) {
  if (std::isnan(value)) {
    out += R"("NaN")";
  } else if (std::isinf(value)) {
    out += value < 0 ? R"("-Infinity")" : R"("Infinity")";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

}  // namespace

std::string_view ValueWriter::clean(std::string_view text, std::size_t most) {
  if (text.size() > most) {
    cut = true;
    text = text.substr(0, telemetry::whole_characters(text, most));
  }
  if (telemetry::valid_utf8(text)) return text;
  repaired = true;
  buffer_.clear();
  telemetry::append_repaired(buffer_, text);
  return buffer_;
}

void ValueWriter::append_text(std::string& out, std::string_view text) {
  out += '"';
  lines::append_escaped(out, clean(text, longest_text));
  out += '"';
}

void ValueWriter::append(std::string& out, std::string_view any, unsigned depth) {
  if (depth >= most_levels) {
    cut = true;
    out += "null";
    return;
  }
  pbf_reader reader(any.data(), any.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(text_value, pbf_wire_type::length_delimited):
        return append_text(out, text_of(reader.get_view()));
      case tag_and_type(2, pbf_wire_type::varint): out += reader.get_bool() ? "true" : "false"; return;
      case tag_and_type(3, pbf_wire_type::varint): out += std::to_string(reader.get_int64()); return;
      case tag_and_type(4, pbf_wire_type::fixed64): return append_real(out, reader.get_double());
      case tag_and_type(5, pbf_wire_type::length_delimited):
        return append_list(out, text_of(reader.get_view()), depth);
      case tag_and_type(6, pbf_wire_type::length_delimited):
        return append_map(out, text_of(reader.get_view()), depth);
      case tag_and_type(7, pbf_wire_type::length_delimited):
        return append_text(out, seal::encode(text_of(reader.get_view()), seal::Letters::base64));
      default: reader.skip();
    }
  }
  out += "null";
}

void ValueWriter::append_list(std::string& out, std::string_view list, unsigned depth) {
  out += '[';
  bool is_first = true;
  telemetry::otlp::walk(list, 1, [&](std::string_view item) {
    if (!std::exchange(is_first, false)) out += ',';
    append(out, item, depth + 1);
  });
  out += ']';
}

void ValueWriter::append_map(std::string& out, std::string_view map, unsigned depth) {
  out += '{';
  bool is_first = true;
  telemetry::otlp::walk(map, 1, [&](std::string_view message) {
    const auto one = telemetry::otlp::read_key_value(message);
    if (!std::exchange(is_first, false)) out += ',';
    append_text(out, one.key);
    out += ':';
    append(out, one.value, depth + 1);
  });
  out += '}';
}

bool is_text(std::string_view any, std::string_view& text) {
  pbf_reader reader(any.data(), any.size());
  if (!reader.next() || reader.tag_and_type() != tag_and_type(text_value, pbf_wire_type::length_delimited))
    return false;
  text = text_of(reader.get_view());
  return true;
}

}  // namespace outrider::sources::otlp
