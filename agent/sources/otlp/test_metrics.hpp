// For tests: metrics as an SDK writes them.
#pragma once

#include "agent/telemetry/otlp/testing.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <protozero/pbf_writer.hpp>

namespace outrider::sources::otlp::testing {

using telemetry::otlp::testing::field;
using Attributes = std::vector<std::pair<std::string, std::string>>;

inline std::string attributes_of(std::uint32_t number, const Attributes& attributes) {
  std::string out;
  for (const auto& [key, value] : attributes) out += field(number, field(1, key) + field(2, field(1, value)));
  return out;
}

inline std::string times(std::uint64_t began, std::uint64_t time) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_fixed64(2, began);
  writer.add_fixed64(3, time);
  return out;
}

inline std::string number_point(double value, const Attributes& attributes = {}, std::uint64_t began = 1,
                                std::uint64_t time = 2) {
  std::string out = times(began, time) + attributes_of(7, attributes);
  protozero::pbf_writer(out).add_double(4, value);
  return out;
}

inline std::string histogram_point(const std::vector<double>& bounds,
                                   const std::vector<std::uint64_t>& counts, double sum,
                                   const Attributes& attributes = {}, std::uint64_t began = 1,
                                   std::uint64_t time = 2) {
  std::string out = times(began, time) + attributes_of(9, attributes);
  protozero::pbf_writer writer(out);
  writer.add_double(5, sum);
  writer.add_packed_fixed64(6, counts.begin(), counts.end());
  writer.add_packed_double(7, bounds.begin(), bounds.end());
  return out;
}

inline std::string side(std::int32_t offset, const std::vector<std::uint64_t>& counts) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_sint32(1, offset);
  writer.add_packed_uint64(2, counts.begin(), counts.end());
  return out;
}

inline std::string exponential_point(std::int32_t scale, std::uint64_t zeros, const std::string& positive,
                                     double sum, std::uint64_t time = 2) {
  std::string out = times(1, time);
  protozero::pbf_writer writer(out);
  writer.add_double(5, sum);
  writer.add_sint32(6, scale);
  writer.add_fixed64(7, zeros);
  return out + field(8, positive);
}

inline std::string exemplar(double value, std::string_view trace, std::string_view span, std::uint64_t time) {
  std::string out;
  protozero::pbf_writer writer(out);
  writer.add_fixed64(2, time);
  writer.add_double(3, value);
  return out + field(4, span) + field(5, trace);
}

inline std::string points_of(const std::vector<std::string>& points) {
  std::string out;
  for (const std::string& one : points) out += field(1, one);
  return out;
}

enum class Adds : std::uint8_t { unspecified, delta, cumulative };

inline std::string with_temporality(const std::vector<std::string>& points, Adds adds,
                                    bool is_monotonic = false) {
  std::string out = points_of(points);
  protozero::pbf_writer writer(out);
  writer.add_int32(2, static_cast<std::int32_t>(adds));
  if (is_monotonic) writer.add_bool(3, true);
  return out;
}

inline std::string metric(std::string_view name, std::string_view unit, std::uint32_t kind,
                          std::string_view data, std::string_view help = {}) {
  return field(1, name) + (help.empty() ? "" : field(2, help)) + field(3, unit) + field(kind, data);
}

inline std::string counter(std::string_view name, const std::vector<std::string>& points,
                           Adds adds = Adds::cumulative) {
  return metric(name, "", 7, with_temporality(points, adds, true));
}
inline std::string gauge(std::string_view name, const std::vector<std::string>& points,
                         std::string_view unit = {}) {
  return metric(name, unit, 5, points_of(points));
}
inline std::string histogram(std::string_view name, const std::vector<std::string>& points,
                             Adds adds = Adds::cumulative) {
  return metric(name, "s", 9, with_temporality(points, adds));
}
inline std::string exponential(std::string_view name, const std::vector<std::string>& points,
                               Adds adds = Adds::cumulative) {
  return metric(name, "", 10, with_temporality(points, adds));
}

inline std::string metrics_request(const std::vector<std::string>& metrics, const Attributes& resource = {},
                                   std::string_view scope = {}) {
  std::string of = field(1, attributes_of(1, resource));
  std::string in = field(1, scope.empty() ? "" : field(1, scope));
  for (const std::string& one : metrics) in += field(2, one);
  return field(1, of + field(2, in));
}

}  // namespace outrider::sources::otlp::testing
