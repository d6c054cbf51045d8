// The names of OTLP's fields in JSON, with their numbers in Protobuf: of all that requests may hold.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace outrider::sources::otlp {

enum class FieldKind : std::uint8_t {
  message,
  text,
  id,       // hexadecimal, unlike other bytes
  bytes,    // Base64
  whole,    // a varint; also the numbers of enumerations
  zigzag,   // a varint, near to zero on both sides
  fixed64,  // times
  signed_fixed64,
  fixed32,
  real,
  truth,
};

struct JsonMessage;

struct JsonField {
  std::string_view name;
  std::uint32_t number;
  FieldKind kind;
  bool is_list = false;
  const JsonMessage* type = nullptr;  // of a message
};

struct JsonMessage {
  std::span<const JsonField> fields;

  const JsonField* find(std::string_view name) const;  // null: of a newer version, and passed over
};

const JsonMessage& trace_request_in_json();   // ExportTraceServiceRequest
const JsonMessage& log_request_in_json();     // ExportLogsServiceRequest
const JsonMessage& metric_request_in_json();  // ExportMetricsServiceRequest

}  // namespace outrider::sources::otlp
