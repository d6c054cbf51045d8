// For tests: what a request of remote write says, read by a way of its own.
#pragma once

#include "agent/telemetry/remote_write/portions.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <protozero/pbf_reader.hpp>

namespace outrider::telemetry::remote_write::testing {

struct Told {
  std::map<std::string, std::string> labels;
  std::uint64_t bits = 0;
  std::int64_t milliseconds = 0;
  std::string exemplar;  // trace_id=… value @ milliseconds

  double value() const { return std::bit_cast<double>(bits); }
  std::string name() const { return labels.at("__name__"); }
};

inline std::pair<std::string, std::string> label_of(protozero::pbf_reader pair) {
  std::pair<std::string, std::string> label;
  while (pair.next()) {
    std::string& part = pair.tag() == 1 ? label.first : label.second;
    part = pair.get_string();
  }
  return label;
}

inline std::string exemplar_of(protozero::pbf_reader reader) {
  std::string text;
  while (reader.next()) {
    if (reader.tag() == 1) {
      const auto label = label_of(reader.get_message());
      text += label.first + "=" + label.second + " ";
    } else if (reader.tag() == 2) {
      text += std::to_string(reader.get_double());
    } else {
      text += " @ " + std::to_string(reader.get_int64());
    }
  }
  return text;
}

inline Told told_by(protozero::pbf_reader series) {
  Told told;
  while (series.next()) {
    if (series.tag() == 1) {
      told.labels.insert(label_of(series.get_message()));
    } else if (series.tag() == 2) {
      protozero::pbf_reader sample = series.get_message();
      while (sample.next()) {
        if (sample.tag() == 1) {
          told.bits = std::bit_cast<std::uint64_t>(sample.get_double());
        } else {
          told.milliseconds = sample.get_int64();
        }
      }
    } else {
      told.exemplar = exemplar_of(series.get_message());
    }
  }
  return told;
}

inline std::vector<Told> series_in(std::string_view packed) {
  const std::string plain = unpacked(packed, 1u << 26).value_or("");
  std::vector<Told> all;
  protozero::pbf_reader reader(plain);
  while (reader.next()) {
    if (reader.tag() == 1) {
      all.push_back(told_by(reader.get_message()));
    } else {
      reader.skip();
    }
  }
  return all;
}

inline std::vector<Told> series_in(const std::vector<Portion>& portions) {
  std::vector<Told> all;
  for (const Portion& portion : portions) {
    for (Told& one : series_in(portion.packed)) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace outrider::telemetry::remote_write::testing
