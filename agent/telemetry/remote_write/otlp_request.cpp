#include "agent/telemetry/remote_write/otlp_request.hpp"

#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/metrics.hpp"
#include "agent/telemetry/number.hpp"
#include "agent/telemetry/remote_write/portion_view.hpp"
#include "agent/telemetry/remote_write/read_portion.hpp"
#include "agent/telemetry/remote_write/series_writer.hpp"
#include "agent/telemetry/remote_write/snappy_block.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <protozero/pbf_writer.hpp>

namespace outrider::telemetry::remote_write {
namespace {

using protozero::pbf_writer;

constexpr std::uint32_t gauge_field = 5, sum_field = 7, histogram_field = 9,
                        summary_field = 11;  // of a Metric
constexpr std::int32_t cumulative = 2;
constexpr std::uint32_t no_recorded_value = 1;

bool is_over(const ReadPoint& sample) { return std::bit_cast<std::uint64_t>(sample.value) == stale_bits; }

std::uint64_t nanoseconds(std::int64_t milliseconds) {
  return milliseconds <= 0 ? 0 : static_cast<std::uint64_t>(milliseconds) * 1'000'000;
}

void add_attribute(pbf_writer& to, std::uint32_t field, std::string_view key, std::string_view value) {
  pbf_writer pair(to, field);
  pair.add_string(1, key.data(), key.size());
  pbf_writer any(pair, 2);
  any.add_string(1, value.data(), value.size());
}

// What becomes of its labels in the resource, or in the metric itself.
bool is_elsewhere(std::string_view label) {
  return label == "__name__" || label == "le" || label == "quantile" || label == "job" || label == "instance";
}

void add_attributes(pbf_writer& to, std::uint32_t field, const ReadSeries& series) {
  for (const auto& [key, value] : series.labels) {
    if (!is_elsewhere(key)) add_attribute(to, field, key, value);
  }
}

// Of hexadecimal letters; empty: it is none of so many bytes.
std::string id_of(std::string_view text, std::size_t bytes) {
  std::string id;
  if (text.size() != 2 * bytes) return id;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
    if (read.ptr != text.data() + at + 2) return {};
    id += static_cast<char>(value);
  }
  return id;
}

void add_exemplars(pbf_writer& to, std::uint32_t field, const ReadSeries& series) {
  for (const ReadPoint& one : series.exemplars) {
    pbf_writer exemplar(to, field);
    exemplar.add_fixed64(2, nanoseconds(one.milliseconds));
    exemplar.add_double(3, one.value);
    for (const auto& [key, value] : one.labels) {
      const std::string id = key == "trace_id" ? id_of(value, 16) : key == "span_id" ? id_of(value, 8) : "";
      if (id.empty()) {
        add_attribute(exemplar, 7, key, value);
      } else {
        exemplar.add_bytes(key == "trace_id" ? 5 : 4, id);
      }
    }
  }
}

// Series that are one data point: those of a histogram or a summary, or a single one.
struct Group {
  std::vector<const ReadSeries*> series;

  const ReadSeries& first() const { return *series.front(); }
  const ReadPoint& sample() const { return first().samples.front(); }
};

class Writer {
 public:
  explicit Writer(const ReadPortion& portion) : portion_(portion) {}

  std::string write() {
    collect();
    std::string out;
    for (const auto& [who, families] : resources_) {
      pbf_writer request(out);
      pbf_writer of(request, 1);
      write_resource(of, who);
      pbf_writer scope(of, 2);
      for (const auto& [family, groups] : families) write_metrics(scope, family, groups);
    }
    return out;
  }

 private:
  using Groups = std::vector<Group>;
  using Families = std::map<std::size_t, Groups>;
  using Who = std::pair<std::string_view, std::string_view>;  // job and instance

  bool is_of(const ReadSeries& series, MetricType type) const {
    return portion_.family_of(series).type == static_cast<std::uint32_t>(type);
  }
  bool has_parts(const ReadSeries& series) const {
    return is_of(series, MetricType::histogram) || is_of(series, MetricType::summary);
  }

  void collect() {
    std::map<std::uint64_t, std::pair<Groups*, std::size_t>> known;
    for (const ReadSeries& series : portion_.series()) {
      if (series.samples.empty() || portion_.is_creation(series)) continue;
      Groups& groups = resources_[{series.label("job"), series.label("instance")}][series.family];
      if (!has_parts(series)) {
        groups.push_back({{&series}});
        continue;
      }
      const auto [place, is_new] = known.try_emplace(series.group(), &groups, groups.size());
      if (is_new) groups.emplace_back();
      (*place->second.first)[place->second.second].series.push_back(&series);
    }
  }

  static void write_resource(pbf_writer& of, const Who& who) {
    pbf_writer resource(of, 1);
    const std::size_t slash = who.first.find('/');
    const std::string_view name = slash == std::string_view::npos ? who.first : who.first.substr(slash + 1);
    if (slash != std::string_view::npos)
      add_attribute(resource, 1, "service.namespace", who.first.substr(0, slash));
    if (!name.empty()) add_attribute(resource, 1, "service.name", name);
    if (!who.second.empty()) add_attribute(resource, 1, "service.instance.id", who.second);
  }

  // Of one family; series of different names (x_total and what else is called so) are different metrics.
  void write_metrics(pbf_writer& scope, std::size_t, const Groups& groups) {
    std::map<std::string_view, Groups> by_name;
    for (const Group& group : groups) {
      const ReadSeries& first = group.first();
      by_name[has_parts(first) ? portion_.family_of(first).name : first.name()].push_back(group);
    }
    for (const auto& [name, points] : by_name) {
      const ReadFamily& family = portion_.family_of(points.front().first());
      pbf_writer metric(scope, 2);
      metric.add_string(1, name.data(), name.size());
      metric.add_string(2, family.help.data(), family.help.size());
      metric.add_string(3, family.unit.data(), family.unit.size());
      write_points(metric, points);
    }
  }

  void write_points(pbf_writer& metric, const Groups& points) {
    const ReadSeries& first = points.front().first();
    const bool is_counter = is_of(first, MetricType::counter);
    const bool is_histogram = is_of(first, MetricType::histogram);
    pbf_writer data(metric, is_counter                          ? sum_field
                            : is_histogram                      ? histogram_field
                            : is_of(first, MetricType::summary) ? summary_field
                                                                : gauge_field);
    for (const Group& group : points) {
      pbf_writer point(data, 1);
      point.add_fixed64(2, nanoseconds(portion_.created_milliseconds(group.first())));
      point.add_fixed64(3, nanoseconds(group.sample().milliseconds));
      if (is_histogram) {
        write_histogram(point, group);
      } else if (is_of(first, MetricType::summary)) {
        write_summary(point, group);
      } else {
        write_number(point, group);
      }
    }
    if (is_counter || is_histogram) data.add_int32(2, cumulative);
    if (is_counter) data.add_bool(3, true);
  }

  static void write_number(pbf_writer& point, const Group& group) {
    add_attributes(point, 7, group.first());
    add_exemplars(point, 5, group.first());
    if (is_over(group.sample())) {
      point.add_uint32(8, no_recorded_value);
    } else {
      point.add_double(4, group.sample().value);
    }
  }

  static std::uint64_t whole(double count) {
    return count >= 1 && count < 1e18 ? static_cast<std::uint64_t>(std::llround(count)) : 0;
  }

  static void write_histogram(pbf_writer& point, const Group& group) {
    std::map<double, double> up_to;  // each bound
    double sum = 0, count = 0;
    bool has_sum = false, over = false;
    for (const ReadSeries* const series : group.series) {
      const ReadPoint& sample = series->samples.front();
      over = over || is_over(sample);
      if (series->name().ends_with("_bucket")) {
        if (const auto bound = read_number(series->label("le"))) up_to[*bound] = sample.value;
      } else if (series->name().ends_with("_sum")) {
        sum = sample.value;
        has_sum = true;
      } else {
        count = sample.value;
      }
    }
    add_attributes(point, 9, group.first());
    for (const ReadSeries* const series : group.series) add_exemplars(point, 8, *series);
    if (over) return point.add_uint32(10, no_recorded_value);
    up_to[std::numeric_limits<double>::infinity()] =
        std::max(count, up_to.empty() ? 0 : up_to.rbegin()->second);
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    double before = 0;
    for (const auto& [bound, all] : up_to) {
      if (std::isfinite(bound)) bounds.push_back(bound);
      counts.push_back(whole(all - before));
      before = std::max(before, all);
    }
    point.add_fixed64(4, whole(before));
    if (has_sum) point.add_double(5, sum);
    point.add_packed_fixed64(6, counts.begin(), counts.end());
    point.add_packed_double(7, bounds.begin(), bounds.end());
  }

  static void write_summary(pbf_writer& point, const Group& group) {
    add_attributes(point, 7, group.first());
    for (const ReadSeries* const series : group.series) {
      const ReadPoint& sample = series->samples.front();
      const auto quantile = read_number(series->label("quantile"));
      if (is_over(sample)) {
        return point.add_uint32(8, no_recorded_value);
      } else if (quantile) {
        pbf_writer one(point, 6);
        one.add_double(1, *quantile);
        one.add_double(2, sample.value);
      } else if (series->name().ends_with("_sum")) {
        point.add_double(5, sample.value);
      } else {
        point.add_fixed64(4, whole(sample.value));
      }
    }
  }

  const ReadPortion& portion_;
  std::map<Who, Families> resources_;
};

}  // namespace

core::Outcome<std::string> otlp_request(std::string_view packed) {
  const std::optional<std::string> plain = unpacked(packed, most_portion_bytes);
  if (!plain) return core::fail(core::Errc::corrupt, "cannot unpack a portion of samples");
  const auto portion = ReadPortion::of(*plain);
  if (!portion) return core::fail(portion.error());
  return Writer(*portion).write();
}

}  // namespace outrider::telemetry::remote_write
