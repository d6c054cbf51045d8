#include "agent/telemetry/remote_write/portion_view.hpp"

#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/otlp/walk.hpp"

#include <protozero/exception.hpp>

namespace outrider::telemetry::remote_write {
namespace {

using otlp::text_of;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

std::string shown_labels(std::string_view series) {
  std::string name, labels;
  otlp::walk(series, 1, [&](std::string_view label) {
    protozero::pbf_reader pair(label.data(), label.size());
    std::string_view key, value;
    while (pair.next()) {
      const auto field = pair.tag_and_type();
      if (field == tag_and_type(1, pbf_wire_type::length_delimited)) {
        key = text_of(pair.get_view());
      } else if (field == tag_and_type(2, pbf_wire_type::length_delimited)) {
        value = text_of(pair.get_view());
      } else {
        pair.skip();
      }
    }
    if (key == "__name__") {
      name = value;
      return;
    }
    if (!labels.empty()) labels += ',';
    labels.append(key).append("=\"");
    append_label_value(labels, value);
    labels += '"';
  });
  return name + "{" + labels + "}";
}

}  // namespace

core::Outcome<std::vector<PlacedSeries>> placed_series(std::string_view plain) {
  std::vector<PlacedSeries> all;
  std::string_view family;
  try {
    protozero::pbf_reader reader(plain.data(), plain.size());
    for (const char* from = plain.data(); reader.next(); from = reader.data().data()) {
      const std::uint32_t number = reader.tag();
      reader.skip();
      const std::string_view message(from, static_cast<std::size_t>(reader.data().data() - from));
      if (number == 1) all.push_back({family, message});
      if (number == 3) family = message;
    }
  } catch (const protozero::exception& error) {
    return core::fail(core::Errc::corrupt, std::string("cannot read a portion of samples: ") + error.what());
  }
  return all;
}

core::Outcome<std::vector<std::string_view>> series_of(std::string_view plain) {
  const auto placed = placed_series(plain);
  if (!placed) return core::fail(placed.error());
  std::vector<std::string_view> all;
  for (const PlacedSeries& one : *placed) all.push_back(one.series);
  return all;
}

std::string shown_series(std::string_view series) {
  std::string shown;
  try {
    otlp::walk(series, 1, [&shown](std::string_view payload) { shown = shown_labels(payload); });
  } catch (const protozero::exception&) {
    return "?";
  }
  return shown;
}

}  // namespace outrider::telemetry::remote_write
