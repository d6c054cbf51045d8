// A KeyValue of OTLP, an attribute for one, where it lies.
#pragma once

#include "agent/telemetry/otlp/walk.hpp"

#include <string_view>

namespace outrider::telemetry::otlp {

struct KeyValue {
  std::string_view key, value;  // the value is an AnyValue
};

// Throws what protozero throws.
inline KeyValue read_key_value(std::string_view message) {
  KeyValue found;
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.wire_type() != protozero::pbf_wire_type::length_delimited) {
      reader.skip();
      continue;
    }
    const std::uint32_t number = reader.tag();
    const std::string_view payload = text_of(reader.get_view());
    if (number == 1) found.key = payload;
    if (number == 2) found.value = payload;
  }
  return found;
}

}  // namespace outrider::telemetry::otlp
