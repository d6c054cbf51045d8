#include "agent/telemetry/otlp/answer.hpp"

#include <algorithm>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace outrider::telemetry::otlp {
namespace {

using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr std::uint32_t answer_partial = 1;
constexpr std::uint32_t partial_rejected = 1;
constexpr std::uint32_t partial_why = 2;
constexpr std::uint32_t status_code = 1;
constexpr std::uint32_t status_why = 2;

void read_partial(protozero::pbf_reader reader, PartialSuccess& partial) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(partial_rejected, pbf_wire_type::varint):
        partial.rejected = static_cast<std::uint64_t>(std::max<std::int64_t>(reader.get_int64(), 0));
        break;
      case tag_and_type(partial_why, pbf_wire_type::length_delimited):
        partial.why = reader.get_string();
        break;
      default: reader.skip();
    }
  }
}

}  // namespace

std::string write_answer(const PartialSuccess& partial) {
  std::string body;
  if (partial.rejected == 0 && partial.why.empty()) return body;
  protozero::pbf_writer answer(body);
  protozero::pbf_writer inner(answer, answer_partial);
  inner.add_int64(partial_rejected, static_cast<std::int64_t>(partial.rejected));
  inner.add_string(partial_why, partial.why.data(), partial.why.size());
  inner.commit();
  return body;
}

std::optional<PartialSuccess> read_answer(std::string_view body) {
  PartialSuccess partial;
  try {
    protozero::pbf_reader reader(body.data(), body.size());
    while (reader.next()) {
      const bool is_partial =
          reader.tag_and_type() == tag_and_type(answer_partial, pbf_wire_type::length_delimited);
      if (is_partial) {
        read_partial(reader.get_message(), partial);
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return partial;
}

std::string write_status(Code code, std::string_view why) {
  std::string body;
  protozero::pbf_writer status(body);
  status.add_int32(status_code, static_cast<std::int32_t>(code));
  status.add_string(status_why, why.data(), why.size());
  return body;
}

std::string read_status(std::string_view body) {
  std::string why;
  try {
    protozero::pbf_reader reader(body.data(), body.size());
    while (reader.next()) {
      if (reader.tag_and_type() == tag_and_type(status_why, pbf_wire_type::length_delimited)) {
        why = reader.get_string();
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return {};
  }
  return why;
}

}  // namespace outrider::telemetry::otlp
