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
constexpr std::uint32_t status_details = 3;
constexpr std::uint32_t any_type = 1;
constexpr std::uint32_t any_value = 2;
constexpr std::uint32_t retry_delay = 1;
constexpr std::uint32_t delay_seconds = 1;
constexpr std::uint32_t delay_nanos = 2;
constexpr std::string_view retry_info = "type.googleapis.com/google.rpc.RetryInfo";

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

// The last field of that number that has a length.
std::optional<std::string> field_of(std::string_view message, std::uint32_t number) {
  std::optional<std::string> found;
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.tag_and_type() == tag_and_type(number, pbf_wire_type::length_delimited)) {
      found = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return found;
}

// google.protobuf.Duration. What is longer than a day is a day.
core::Duration read_delay(std::string_view message) {
  constexpr std::int64_t most_seconds = 86'400;
  constexpr std::int32_t most_nanos = 999'999'999;
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(delay_seconds, pbf_wire_type::varint): seconds = reader.get_int64(); break;
      case tag_and_type(delay_nanos, pbf_wire_type::varint): nanos = reader.get_int32(); break;
      default: reader.skip();
    }
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most_seconds)) +
         std::chrono::nanoseconds(std::clamp(nanos, 0, most_nanos));
}

// Of a detail (google.protobuf.Any), when it is one.
std::optional<core::Duration> delay_in(std::string_view detail) {
  if (field_of(detail, any_type).value_or("") != retry_info) return std::nullopt;
  const std::string info = field_of(detail, any_value).value_or("");
  return read_delay(field_of(info, retry_delay).value_or(""));
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

std::string write_status(Code code, std::string_view why, core::Duration come_again) {
  std::string body;
  protozero::pbf_writer status(body);
  status.add_int32(status_code, static_cast<std::int32_t>(code));
  status.add_string(status_why, why.data(), why.size());
  if (come_again <= core::Duration::zero()) return body;
  std::string delay, info, detail;
  protozero::pbf_writer(delay).add_int64(
      delay_seconds, std::chrono::duration_cast<std::chrono::seconds>(come_again).count());
  protozero::pbf_writer(info).add_message(retry_delay, delay);
  protozero::pbf_writer(detail).add_string(any_type, retry_info.data(), retry_info.size());
  protozero::pbf_writer(detail).add_message(any_value, info);
  status.add_message(status_details, detail);
  return body;
}

std::optional<core::Duration> read_retry_info(std::string_view status) {
  std::optional<core::Duration> delay;
  try {
    protozero::pbf_reader reader(status.data(), status.size());
    while (reader.next()) {
      if (reader.tag_and_type() != tag_and_type(status_details, pbf_wire_type::length_delimited)) {
        reader.skip();
        continue;
      }
      const protozero::data_view detail = reader.get_view();
      if (const auto found = delay_in({detail.data(), detail.size()})) delay = found;
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return delay;
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
