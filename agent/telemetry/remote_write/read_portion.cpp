#include "agent/telemetry/remote_write/read_portion.hpp"

#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/metrics.hpp"
#include "agent/telemetry/otlp/walk.hpp"

#include <cmath>
#include <string>

#include <protozero/exception.hpp>

namespace outrider::telemetry::remote_write {
namespace {

using otlp::reader_of;
using otlp::text_of;
using otlp::field::eight;
using otlp::field::text;
using otlp::field::varint;
using protozero::pbf_reader;

constexpr std::string_view created = "_created";

bool is_a(const ReadFamily& family, MetricType type) {
  return family.type == static_cast<std::uint32_t>(type);
}

ReadFamily read_family(std::string_view message) {
  ReadFamily family;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case varint(1): family.type = reader.get_uint32(); break;
      case text(2): family.name = text_of(reader.get_view()); break;
      case text(4): family.help = text_of(reader.get_view()); break;
      case text(5): family.unit = text_of(reader.get_view()); break;
      default: reader.skip();
    }
  }
  return family;
}

ReadLabel read_label(std::string_view message) {
  ReadLabel label;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case text(1): label.first = text_of(reader.get_view()); break;
      case text(2): label.second = text_of(reader.get_view()); break;
      default: reader.skip();
    }
  }
  return label;
}

ReadPoint read_sample(std::string_view message) {
  ReadPoint point;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(1): point.value = reader.get_double(); break;
      case varint(2): point.milliseconds = reader.get_int64(); break;
      default: reader.skip();
    }
  }
  return point;
}

ReadPoint read_exemplar(std::string_view message) {
  ReadPoint point;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case text(1): point.labels.push_back(read_label(text_of(reader.get_view()))); break;
      case eight(2): point.value = reader.get_double(); break;
      case varint(3): point.milliseconds = reader.get_int64(); break;
      default: reader.skip();
    }
  }
  return point;
}

ReadSeries read_series(std::string_view message, std::size_t family) {
  ReadSeries series;
  series.family = family;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case text(1): series.labels.push_back(read_label(text_of(reader.get_view()))); break;
      case text(2): series.samples.push_back(read_sample(text_of(reader.get_view()))); break;
      case text(3): series.exemplars.push_back(read_exemplar(text_of(reader.get_view()))); break;
      default: reader.skip();
    }
  }
  return series;
}

}  // namespace

std::string_view ReadSeries::label(std::string_view name) const {
  for (const auto& [key, value] : labels) {
    if (key == name) return value;
  }
  return {};
}

std::uint64_t ReadSeries::group() const {
  std::uint64_t hash = family;
  for (const auto& [key, value] : labels) {
    if (key != "__name__" && key != "le" && key != "quantile")
      hash = mix(hash, mix(hash_of(key), hash_of(value)));
  }
  return hash;
}

core::Outcome<ReadPortion> ReadPortion::of(std::string_view plain) {
  ReadPortion portion;
  try {
    portion.read(plain);
  } catch (const protozero::exception& error) {
    return core::fail(core::Errc::corrupt, std::string("cannot read a portion of samples: ") + error.what());
  }
  return portion;
}

void ReadPortion::read(std::string_view plain) {
  families_.emplace_back();
  pbf_reader reader = reader_of(plain);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case text(1):
        series_.push_back(read_series(text_of(reader.get_view()), families_.size() - 1));
        note_creation(series_.back());
        break;
      case text(3): families_.push_back(read_family(text_of(reader.get_view()))); break;
      default: reader.skip();
    }
  }
}

// Its value is when the others of its family began, in seconds.
void ReadPortion::note_creation(const ReadSeries& series) {
  if (!is_creation(series) || series.samples.empty()) return;
  const double seconds = series.samples.back().value;
  if (std::isfinite(seconds) && std::abs(seconds) < 1e15)
    created_[series.group()] = std::llround(seconds * 1000);
}

bool ReadPortion::is_creation(const ReadSeries& series) const {
  const ReadFamily& family = family_of(series);
  const bool is_counter = is_a(family, MetricType::counter);
  const bool may_be = is_counter || is_a(family, MetricType::histogram) || is_a(family, MetricType::summary);
  const std::string_view name = series.name();
  if (!may_be || !name.ends_with(created)) return false;
  std::string_view base = family.name;
  if (is_counter && base.ends_with("_total")) base.remove_suffix(6);
  return name.size() == base.size() + created.size() && name.starts_with(base);
}

std::int64_t ReadPortion::created_milliseconds(const ReadSeries& series) const {
  if (created_.empty() || is_creation(series)) return 0;
  const auto began = created_.find(series.group());
  return began == created_.end() ? 0 : began->second;
}

}  // namespace outrider::telemetry::remote_write
