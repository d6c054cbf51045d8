#include "agent/sources/otlp/heard/metric_teller.hpp"

#include "agent/core/text.hpp"
#include "agent/telemetry/exposition.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <protozero/exception.hpp>

namespace outrider::sources::otlp {
namespace {

using telemetry::MetricType;
using Kind = Metric::Kind;

constexpr std::size_t longest_name = 512;
constexpr std::size_t trace_bytes = 16, span_bytes = 8;

MetricType type_of(const Metric& metric) {
  switch (metric.kind) {
    case Kind::sum: return metric.is_monotonic ? MetricType::counter : MetricType::gauge;
    case Kind::histogram:
    case Kind::exponential: return MetricType::histogram;
    case Kind::summary: return MetricType::summary;
    default: return MetricType::gauge;
  }
}

bool needs_temporality(Kind kind) {
  return kind == Kind::sum || kind == Kind::histogram || kind == Kind::exponential;
}

// What keeps all of its points from being taken; empty: nothing.
std::string_view trouble_with(const Metric& metric, const MetricName& name) {
  if (name.name.empty() || metric.name.size() > longest_name)
    return "a metric's name must have letters or digits, and no more than 512 bytes";
  if (needs_temporality(metric.kind) && metric.temporality == Metric::Temporality::unspecified)
    return "it does not say whether it is cumulative";
  return {};
}

void append_hex(std::string& out, std::string_view bytes) {
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
}

// {trace_id="…",span_id="…"} 1.5 1700000000.123
std::string shown(const ExemplarView& exemplar) {
  std::string text = "{trace_id=\"";
  append_hex(text, exemplar.trace);
  if (exemplar.span.size() == span_bytes) {
    text += "\",span_id=\"";
    append_hex(text, exemplar.span);
  }
  text += "\"} ";
  telemetry::append_number(text, exemplar.value);
  if (exemplar.time > 0)
    text += fmt::format(" {}.{:03}", exemplar.time / 1'000'000'000, exemplar.time / 1'000'000 % 1000);
  return text;
}

}  // namespace

void MetricTeller::begin(const MetricPlace& place, core::Instant now) {
  labels_.begin_scope(place.scope);
  const bool is_same = has_begun_ && place.resource.data() == resource_.data();
  if (is_same) return;
  resource_ = place.resource;
  labels_.begin_resource(resource_);
  has_begun_ = true;
  if (labels_.info().empty()) return;
  Said info;
  info.labels = labels_.info();
  info.value = 1;
  (void)table_.add({{"target_info", ""}, MetricType::info, "Who sends metrics."}, info, now);
}

void MetricTeller::tell(const MetricPlace& place, core::Instant now) {
  const Metric metric = read_metric(place.metric);
  const MetricType type = type_of(metric);
  const FamilyView family{metric_name(metric.name, metric.unit, type, metric.kind == Kind::gauge), type,
                          metric.description};
  std::string_view trouble = trouble_with(metric, family.name);
  try {
    begin(place, now);
  } catch (const protozero::exception&) {
    trouble = "what it comes from cannot be read";
  }
  walk_points(metric, [&](std::string_view message) {
    ++points_;
    if (trouble.empty()) {
      tell_point(message, metric, family, now);
    } else {
      refuse(trouble, metric.name);
    }
  });
}

void MetricTeller::tell_point(std::string_view message, const Metric& metric, const FamilyView& family,
                              core::Instant now) {
  std::string_view why;
  try {
    read_point(message, metric.kind, point_);
    why = take(metric, family, now);
  } catch (const protozero::exception&) {
    why = "its attributes cannot be read";
  }
  if (!why.empty()) refuse(why, metric.name);
}

std::string_view MetricTeller::take(const Metric& metric, const FamilyView& family, core::Instant now) {
  if (!labels_.of_point(point_.attributes, text_)) return "its attributes are more than 128, or 8 KiB";
  if (point_.is_empty) {
    table_.end(family.name.name, text_);
    return {};
  }
  said_.labels = text_;
  said_.began = point_.began;
  said_.time = point_.time;
  said_.is_delta = needs_temporality(metric.kind) && metric.temporality == Metric::Temporality::delta;
  said_.are_powers = metric.kind == Kind::exponential;
  said_.value = point_.value;
  said_.count = static_cast<double>(point_.count);
  const std::string_view trouble = read_amounts(metric);
  if (!trouble.empty()) return trouble;
  read_exemplars();
  return account_for(table_.add(family, said_, now));
}

std::string_view MetricTeller::read_amounts(const Metric& metric) {
  said_.buckets.bounds.clear();
  said_.buckets.counts.clear();
  switch (metric.kind) {
    case Kind::histogram: return explicit_buckets(point_, said_.buckets).value_or("");
    case Kind::exponential: return power_buckets(point_, said_.buckets).value_or("");
    case Kind::summary:
      if (point_.is_too_large) return "a summary has at most 400 quantiles";
      return read_quantiles();
    default: return said_.value ? "" : "a data point must have a value";
  }
}

std::string_view MetricTeller::read_quantiles() {
  using Quantile = std::pair<double, double>;
  const auto is_one = [](const Quantile& one) { return one.first >= 0 && one.first <= 1; };
  if (!std::ranges::all_of(point_.quantiles, is_one)) return "a summary's quantiles must be from 0 to 1";
  std::ranges::sort(point_.quantiles, {}, &Quantile::first);
  for (const auto& [quantile, value] : point_.quantiles) {
    if (!said_.buckets.bounds.empty() && said_.buckets.bounds.back() == quantile) continue;
    said_.buckets.bounds.push_back(quantile);
    said_.buckets.counts.push_back(value);
  }
  return {};
}

// One for each bucket, the last that is there; of traces only, since nothing else can be followed.
void MetricTeller::read_exemplars() {
  said_.exemplars.clear();
  for (const std::string_view message : point_.exemplars) {
    const ExemplarView exemplar = read_exemplar(message);
    if (exemplar.trace.size() != trace_bytes) continue;
    const auto bucket =
        std::ranges::lower_bound(said_.buckets.bounds, exemplar.value) - said_.buckets.bounds.begin();
    if (said_.exemplars.empty())
      said_.exemplars.resize(std::max<std::size_t>(said_.buckets.counts.size(), 1));
    said_.exemplars[static_cast<std::size_t>(bucket)] = shown(exemplar);
  }
}

std::string_view MetricTeller::account_for(SeriesTable::Fate fate) {
  using Fate = SeriesTable::Fate;
  switch (fate) {
    case Fate::folded: ++folded_; return {};
    case Fate::repeated: ++repeated_; return {};
    case Fate::no_room: return "there are as many series as may be";
    case Fate::conflict: return "another metric of that name is of another type";
    case Fate::taken: break;
  }
  return {};
}

void MetricTeller::refuse(std::string_view why, std::string_view metric) {
  ++kept_.refused;
  if (!kept_.why.empty()) return;
  const std::string name = core::without_controls(core::clean_utf8(metric.substr(0, 100)));
  kept_.why = fmt::format("{}: {}", name, why);
}

}  // namespace outrider::sources::otlp
