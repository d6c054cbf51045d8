// The fields of a Protobuf message, one by one, where they lie.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <protozero/pbf_reader.hpp>

namespace outrider::telemetry::otlp {

// Of what protozero has thrown.
inline core::Error not_protobuf(const char* why) {
  return {core::Errc::invalid, std::string("cannot read the request as Protobuf: ") + why};
}

inline std::string_view text_of(protozero::data_view view) { return {view.data(), view.size()}; }
inline protozero::pbf_reader reader_of(std::string_view message) { return {message.data(), message.size()}; }

// A field's number together with how it lies there: what the cases of a `switch` over tag_and_type() are.
namespace field {
constexpr std::uint32_t text(std::uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
}
constexpr std::uint32_t eight(std::uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::fixed64);
}
constexpr std::uint32_t varint(std::uint32_t number) {
  return protozero::tag_and_type(number, protozero::pbf_wire_type::varint);
}
}  // namespace field

// Calls `visit` with the payload of each field of that number, and `other` with every other field as it lies
// there, its number included. Throws what protozero throws.
template <class Visit, class Other>
void walk(std::string_view message, std::uint32_t number, const Visit& visit, const Other& other) {
  protozero::pbf_reader reader = reader_of(message);
  for (const char* from = message.data(); reader.next(); from = reader.data().data()) {
    const bool is_it =
        reader.tag_and_type() == protozero::tag_and_type(number, protozero::pbf_wire_type::length_delimited);
    if (is_it) {
      visit(text_of(reader.get_view()));
      continue;
    }
    reader.skip();
    const auto length = static_cast<std::size_t>(reader.data().data() - from);
    other(std::string_view(from, length));
  }
}

template <class Visit>
void walk(std::string_view message, std::uint32_t number, const Visit& visit) {
  walk(message, number, visit, [](std::string_view) {});
}

}  // namespace outrider::telemetry::otlp
