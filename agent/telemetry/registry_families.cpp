// From prometheus-cpp's model to ours.
#include "agent/telemetry/exposition.hpp"
#include "agent/telemetry/label_block.hpp"
#include "agent/telemetry/utf8.hpp"

#include <prometheus/metric_family.h>

namespace outrider::telemetry {
namespace {

MetricType type_of(::prometheus::MetricType type) {
  switch (type) {
    case ::prometheus::MetricType::Counter: return MetricType::counter;
    case ::prometheus::MetricType::Gauge: return MetricType::gauge;
    case ::prometheus::MetricType::Summary: return MetricType::summary;
    case ::prometheus::MetricType::Histogram: return MetricType::histogram;
    case ::prometheus::MetricType::Untyped: return MetricType::unknown;
  }
  return MetricType::unknown;
}

std::string clean(const std::string& text) {
  std::string fine;
  append_repaired(fine, text);
  return fine;
}

void add_plain(std::vector<Sample>& to, Sample like, Suffix suffix, double value) {
  like.suffix = suffix;
  like.value = value;
  to.push_back(like);
}

void add_bound(std::vector<Sample>& to, Sample like, Suffix suffix, double bound, double value) {
  like.bound = bound;
  like.has_bound = true;
  add_plain(to, like, suffix, value);
}

void add_samples(std::vector<Sample>& to, const ::prometheus::ClientMetric& metric, MetricType type,
                 const Sample& like) {
  switch (type) {
    case MetricType::counter: return add_plain(to, like, Suffix::none, metric.counter.value);
    case MetricType::gauge: return add_plain(to, like, Suffix::none, metric.gauge.value);
    case MetricType::histogram:
      for (const auto& bucket : metric.histogram.bucket) {
        add_bound(to, like, Suffix::bucket, bucket.upper_bound, static_cast<double>(bucket.cumulative_count));
      }
      add_plain(to, like, Suffix::count, static_cast<double>(metric.histogram.sample_count));
      return add_plain(to, like, Suffix::sum, metric.histogram.sample_sum);
    case MetricType::summary:
      for (const auto& quantile : metric.summary.quantile) {
        add_bound(to, like, Suffix::none, quantile.quantile, quantile.value);
      }
      add_plain(to, like, Suffix::count, static_cast<double>(metric.summary.sample_count));
      return add_plain(to, like, Suffix::sum, metric.summary.sample_sum);
    default: return add_plain(to, like, Suffix::none, metric.untyped.value);
  }
}

}  // namespace

FamilySet from_registry(const std::vector<::prometheus::MetricFamily>& collected, const Labels& added) {
  FamilySet set;
  std::size_t metrics = 0;
  for (const auto& family : collected) metrics += family.metric.size();
  set.arena.reserve(metrics * 96);
  LabelBlock block(set.arena, added);
  set.families.reserve(collected.size());
  for (const auto& source : collected) {
    Family& family = set.families.emplace_back();
    family.name = source.name;
    family.help = clean(source.help);
    family.type = type_of(source.type);
    family.samples.reserve(source.metric.size());
    for (const auto& metric : source.metric) {
      Sample like;
      if (metric.timestamp_ms != 0) like.milliseconds = metric.timestamp_ms;
      block.begin();
      for (const auto& label : metric.label) {
        if (valid_utf8(label.value)) {
          block.add(label.name, label.value);
        } else {
          block.add(label.name, clean(label.value));
        }
      }
      block.end(like);
      add_samples(family.samples, metric, family.type, like);
    }
    set.sample_count += family.samples.size();
  }
  return set;
}

}  // namespace outrider::telemetry
