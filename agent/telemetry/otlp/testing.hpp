// For tests: requests with spans, as an SDK writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace outrider::telemetry::otlp::testing {

using Payloads = std::vector<std::string>;

inline std::string field(std::uint32_t number, std::string_view payload) {
  std::string out;
  protozero::pbf_writer(out).add_bytes(number, payload.data(), payload.size());
  return out;
}

// Eight bytes, the number last.
inline std::string id_of(std::uint64_t number) {
  std::string id(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8)
    id[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  return id;
}

inline std::string span_with(std::string_view trace_id, std::string_view span_id,
                             std::string_view more = {}) {
  return field(1, trace_id) + field(2, span_id) + field(5, "GET /") + std::string(more);
}

// The span of that number, which is not 0.
inline std::string span(std::uint64_t number) {
  return span_with("0123456789abcdef", id_of(number), field(9, field(1, "k") + field(2, field(1, "v"))));
}

inline std::string scope_of(const Payloads& spans, std::string_view name = "tests") {
  std::string scope = field(1, field(1, name));
  for (const std::string& one : spans) scope += field(2, one);
  return scope + field(3, "https://scope.example");
}

inline std::string resource_of(const Payloads& scopes, std::string_view service = "api") {
  std::string resource = field(1, field(1, field(1, "service.name") + field(2, field(1, service))));
  for (const std::string& one : scopes) resource += field(2, one);
  return resource + field(3, "https://resource.example");
}

inline std::string request_of(const Payloads& spans) { return field(1, resource_of({scope_of(spans)})); }

// first … first+count-1
inline std::string numbered_request(std::uint64_t first, std::uint64_t count) {
  Payloads spans;
  for (std::uint64_t n = first; n < first + count; ++n) spans.push_back(span(n));
  return request_of(spans);
}

// The payloads of the field of that number.
inline Payloads fields_of(std::string_view message, std::uint32_t number) {
  Payloads found;
  protozero::pbf_reader reader(message.data(), message.size());
  while (reader.next()) {
    if (reader.tag() == number && reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
      found.push_back(reader.get_string());
    } else {
      reader.skip();
    }
  }
  return found;
}

// All spans of a request, in order.
inline Payloads spans_of(std::string_view request) {
  Payloads found;
  for (const std::string& resource : fields_of(request, 1)) {
    for (const std::string& scope : fields_of(resource, 2)) {
      for (std::string& one : fields_of(scope, 2)) found.push_back(std::move(one));
    }
  }
  return found;
}

inline std::uint64_t number_of(std::string_view span) {
  std::uint64_t number = 0;
  const Payloads ids = fields_of(span, 2);
  for (const char byte : ids.at(0)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

inline std::vector<std::uint64_t> numbers_of(std::string_view request) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& one : spans_of(request)) numbers.push_back(number_of(one));
  return numbers;
}

}  // namespace outrider::telemetry::otlp::testing
