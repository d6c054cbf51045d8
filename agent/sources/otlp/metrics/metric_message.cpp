#include "agent/sources/otlp/metrics/metric_message.hpp"

#include <algorithm>

namespace outrider::sources::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using telemetry::otlp::reader_of;
using telemetry::otlp::text_of;
using telemetry::otlp::field::eight;
using telemetry::otlp::field::text;
using telemetry::otlp::field::varint;

Metric::Kind kind_of_field(std::uint32_t number) {
  switch (number) {
    case 5: return Metric::Kind::gauge;
    case 7: return Metric::Kind::sum;
    case 9: return Metric::Kind::histogram;
    case 10: return Metric::Kind::exponential;
    case 11: return Metric::Kind::summary;
    default: return Metric::Kind::none;
  }
}

void read_data(Metric& metric) {
  pbf_reader reader = reader_of(metric.data);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case varint(2): {
        const std::uint64_t said = reader.get_uint64();
        metric.temporality = said == 1   ? Metric::Temporality::delta
                             : said == 2 ? Metric::Temporality::cumulative
                                         : Metric::Temporality::unspecified;
        break;
      }
      case varint(3): metric.is_monotonic = reader.get_bool(); break;
      default: reader.skip();
    }
  }
}

// Those of a list that may come packed or one by one; false: they are more than may be.
template <class Number, class Iterators>
bool append(std::vector<Number>& numbers, const Iterators& some) {
  for (const auto number : some) {
    if (numbers.size() == Point::most_buckets) return false;
    numbers.push_back(static_cast<Number>(number));
  }
  return true;
}
template <class Number>
bool append_one(std::vector<Number>& numbers, Number number) {
  if (numbers.size() == Point::most_buckets) return false;
  numbers.push_back(number);
  return true;
}

void clear(Point& point) {
  point.attributes.clear();
  point.exemplars.clear();
  point.began = point.time = point.count = point.zeros = 0;
  point.is_empty = point.is_too_large = false;
  point.value.reset();
  point.bounds.clear();
  point.counts.clear();
  point.quantiles.clear();
  point.scale = point.positive.offset = point.negative.offset = 0;
  point.positive.counts.clear();
  point.negative.counts.clear();
}

void read_number(pbf_reader reader, Point& point) {
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(2): point.began = reader.get_fixed64(); break;
      case eight(3): point.time = reader.get_fixed64(); break;
      case eight(4): point.value = reader.get_double(); break;
      case text(5): point.exemplars.push_back(text_of(reader.get_view())); break;
      case eight(6): point.value = static_cast<double>(reader.get_sfixed64()); break;
      case text(7): point.attributes.push_back(text_of(reader.get_view())); break;
      case varint(8): point.is_empty = (reader.get_uint64() & 1) != 0; break;
      default: reader.skip();
    }
  }
}

void read_histogram(pbf_reader reader, Point& point) {
  bool is_fine = true;
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(2): point.began = reader.get_fixed64(); break;
      case eight(3): point.time = reader.get_fixed64(); break;
      case eight(4): point.count = reader.get_fixed64(); break;
      case eight(5): point.value = reader.get_double(); break;
      case text(6): is_fine = append(point.counts, reader.get_packed_fixed64()) && is_fine; break;
      case eight(6): is_fine = append_one(point.counts, reader.get_fixed64()) && is_fine; break;
      case text(7): is_fine = append(point.bounds, reader.get_packed_double()) && is_fine; break;
      case eight(7): is_fine = append_one(point.bounds, reader.get_double()) && is_fine; break;
      case text(8): point.exemplars.push_back(text_of(reader.get_view())); break;
      case text(9): point.attributes.push_back(text_of(reader.get_view())); break;
      case varint(10): point.is_empty = (reader.get_uint64() & 1) != 0; break;
      default: reader.skip();
    }
  }
  point.is_too_large = !is_fine;
}

bool read_side(pbf_reader reader, Point::Side& side) {
  bool is_fine = true;
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case varint(1): side.offset = reader.get_sint32(); break;
      case text(2): is_fine = append(side.counts, reader.get_packed_uint64()) && is_fine; break;
      case varint(2): is_fine = append_one(side.counts, reader.get_uint64()) && is_fine; break;
      default: reader.skip();
    }
  }
  return is_fine;
}

void read_exponential(pbf_reader reader, Point& point) {
  bool is_fine = true;
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case text(1): point.attributes.push_back(text_of(reader.get_view())); break;
      case eight(2): point.began = reader.get_fixed64(); break;
      case eight(3): point.time = reader.get_fixed64(); break;
      case eight(4): point.count = reader.get_fixed64(); break;
      case eight(5): point.value = reader.get_double(); break;
      case varint(6): point.scale = reader.get_sint32(); break;
      case eight(7): point.zeros = reader.get_fixed64(); break;
      case text(8): is_fine = read_side(reader.get_message(), point.positive) && is_fine; break;
      case text(9): is_fine = read_side(reader.get_message(), point.negative) && is_fine; break;
      case varint(10): point.is_empty = (reader.get_uint64() & 1) != 0; break;
      case text(11): point.exemplars.push_back(text_of(reader.get_view())); break;
      default: reader.skip();
    }
  }
  point.is_too_large = !is_fine;
}

std::pair<double, double> read_quantile(pbf_reader reader) {
  std::pair<double, double> quantile;
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(1): quantile.first = reader.get_double(); break;
      case eight(2): quantile.second = reader.get_double(); break;
      default: reader.skip();
    }
  }
  return quantile;
}

void read_summary(pbf_reader reader, Point& point) {
  bool is_fine = true;
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(2): point.began = reader.get_fixed64(); break;
      case eight(3): point.time = reader.get_fixed64(); break;
      case eight(4): point.count = reader.get_fixed64(); break;
      case eight(5): point.value = reader.get_double(); break;
      case text(6):
        is_fine = append_one(point.quantiles, read_quantile(reader.get_message())) && is_fine;
        break;
      case text(7): point.attributes.push_back(text_of(reader.get_view())); break;
      case varint(8): point.is_empty = (reader.get_uint64() & 1) != 0; break;
      default: reader.skip();
    }
  }
  point.is_too_large = !is_fine;
}

}  // namespace

Metric read_metric(std::string_view message) {
  Metric metric;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    if (reader.wire_type() != pbf_wire_type::length_delimited) {
      reader.skip();
      continue;
    }
    const std::uint32_t number = reader.tag();
    const std::string_view payload = text_of(reader.get_view());
    if (number == 1) metric.name = payload;
    if (number == 2) metric.description = payload;
    if (number == 3) metric.unit = payload;
    if (kind_of_field(number) == Metric::Kind::none) continue;
    metric.kind = kind_of_field(number);
    metric.data = payload;
  }
  read_data(metric);
  return metric;
}

void read_point(std::string_view message, Metric::Kind kind, Point& point) {
  clear(point);
  const pbf_reader reader = reader_of(message);
  switch (kind) {
    case Metric::Kind::histogram: return read_histogram(reader, point);
    case Metric::Kind::exponential: return read_exponential(reader, point);
    case Metric::Kind::summary: return read_summary(reader, point);
    default: return read_number(reader, point);
  }
}

ExemplarView read_exemplar(std::string_view message) {
  ExemplarView exemplar;
  pbf_reader reader = reader_of(message);
  while (reader.next()) {
    switch (static_cast<std::uint32_t>(reader.tag_and_type())) {
      case eight(2): exemplar.time = reader.get_fixed64(); break;
      case eight(3): exemplar.value = reader.get_double(); break;
      case text(4): exemplar.span = text_of(reader.get_view()); break;
      case text(5): exemplar.trace = text_of(reader.get_view()); break;
      case eight(6): exemplar.value = static_cast<double>(reader.get_sfixed64()); break;
      default: reader.skip();
    }
  }
  return exemplar;
}

}  // namespace outrider::sources::otlp
