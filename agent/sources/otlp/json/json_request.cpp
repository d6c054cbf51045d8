#include "agent/sources/otlp/json/json_request.hpp"

#include "agent/core/text.hpp"
#include "agent/lines/json.hpp"
#include "agent/seal/digest.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>

namespace outrider::sources::otlp {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using protozero::pbf_writer;

// What is looked at has a place in a list meanwhile: a small text must not become a large list.
constexpr std::size_t most_bytes = 8u << 20;
constexpr std::ptrdiff_t most_values = 1'000'000;
// No id has it, so what carries it is known as broken.
constexpr std::string_view broken_id("\x01", 1);

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + at + 2) return std::nullopt;
    out.push_back(static_cast<char>(value));
  }
  return out;
}

// With the letters of URLs and without padding, too: so are the rules of Protobuf in JSON.
std::optional<std::string> from_base64(std::string_view text) {
  auto decoded = seal::decode(text, seal::Letters::base64);
  return decoded ? decoded : seal::decode(text, seal::Letters::base64url);
}

// 64-bit numbers come as texts, since JavaScript has none.
std::string_view bare(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

template <class Number>
bool read_number(std::string_view value, Number& number) {
  const std::string_view text = bare(value);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool may_be_negative(FieldKind kind) {
  return kind == FieldKind::whole || kind == FieldKind::zigzag || kind == FieldKind::signed_fixed64;
}

bool read_real(std::string_view value, double& number) {
  const std::string_view text = bare(value);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "Infinity" || text == "-Infinity") {
    number = text.front() == '-' ? -infinity : infinity;
    return true;
  }
  return read_number(text, number);
}

class Writer {
 public:
  Outcome<std::string> message(std::string_view object, const JsonMessage& type) {
    std::vector<lines::Member> members;
    if (!lines::scan_object(object, members)) return fail(Errc::invalid, "cannot read the request as JSON");
    std::string out;
    for (const lines::Member& member : members) {
      const JsonField* field = type.find(member.key);
      if (field == nullptr || member.value == "null") continue;
      auto written = field->is_list ? list(out, member.value, *field) : single(out, member.value, *field);
      if (!written) return fail(written.error());
    }
    return out;
  }

 private:
  static core::Error wrong(const JsonField& field, std::string_view wanted) {
    return {Errc::invalid,
            fmt::format("cannot read the request as JSON: `{}` must be {}", field.name, wanted)};
  }

  Outcome<> list(std::string& out, std::string_view value, const JsonField& field) {
    std::vector<lines::Member> items;
    if (!lines::scan_list(value, items)) return fail(wrong(field, "a list"));
    for (const lines::Member& item : items) {
      if (auto written = single(out, item.value, field); !written) return written;
    }
    return {};
  }

  Outcome<> single(std::string& out, std::string_view value, const JsonField& field) {
    switch (field.kind) {
      case FieldKind::message: return inner(out, value, field);
      case FieldKind::text:
      case FieldKind::id:
      case FieldKind::bytes: return text(out, value, field);
      default: return number(out, value, field);
    }
  }

  Outcome<> inner(std::string& out, std::string_view value, const JsonField& field) {
    if (!value.starts_with('{')) return fail(wrong(field, "an object"));
    const auto payload = message(value, *field.type);
    if (!payload) return fail(payload.error());
    pbf_writer(out).add_message(field.number, payload->data(), payload->size());
    return {};
  }

  Outcome<> text(std::string& out, std::string_view value, const JsonField& field) {
    if (!value.starts_with('"')) return fail(wrong(field, "a text"));
    const std::string_view said = lines::string_value(value, buffer_);
    std::optional<std::string> decoded;
    std::string_view payload = said;
    if (field.kind == FieldKind::id) {
      decoded = from_hex(said);
      payload = decoded ? std::string_view(*decoded) : broken_id;
    }
    if (field.kind == FieldKind::bytes) {
      decoded = from_base64(said);
      if (!decoded) return fail(wrong(field, "Base64"));
      payload = *decoded;
    }
    pbf_writer(out).add_bytes(field.number, payload.data(), payload.size());
    return {};
  }

  static Outcome<> number(std::string& out, std::string_view value, const JsonField& field) {
    pbf_writer writer(out);
    if (field.kind == FieldKind::truth) {
      if (value != "true" && value != "false") return fail(wrong(field, "true or false"));
      writer.add_bool(field.number, value == "true");
      return {};
    }
    if (field.kind == FieldKind::real) {
      double real = 0;
      if (!read_real(value, real)) return fail(wrong(field, "a number"));
      writer.add_double(field.number, real);
      return {};
    }
    if (may_be_negative(field.kind)) {
      std::int64_t whole = 0;
      if (!read_number(value, whole)) return fail(wrong(field, "a whole number"));
      if (field.kind == FieldKind::whole) writer.add_int64(field.number, whole);
      if (field.kind == FieldKind::zigzag) writer.add_sint64(field.number, whole);
      if (field.kind == FieldKind::signed_fixed64) writer.add_sfixed64(field.number, whole);
      return {};
    }
    std::uint64_t whole = 0;
    const bool is_short = field.kind == FieldKind::fixed32;
    if (!read_number(value, whole) || (is_short && whole > std::numeric_limits<std::uint32_t>::max()))
      return fail(wrong(field, "a whole number that is not negative"));
    if (is_short) {
      writer.add_fixed32(field.number, static_cast<std::uint32_t>(whole));
    } else {
      writer.add_fixed64(field.number, whole);
    }
    return {};
  }

  std::string buffer_;
};

}  // namespace

core::Outcome<std::string> protobuf_of(std::string_view json, const JsonMessage& request) {
  if (json.size() > most_bytes || std::ranges::count(json, ',') > most_values) {
    return fail(Errc::exhausted,
                fmt::format("cannot take so much in JSON: at most {} and {} values; send Protobuf",
                            core::show_bytes(most_bytes), most_values));
  }
  return Writer().message(json, request);
}

}  // namespace outrider::sources::otlp
