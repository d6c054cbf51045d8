#include "agent/tracing/span_figures.hpp"

#include "agent/tracing/label_text.hpp"
#include "agent/tracing/trace_key.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace outrider::tracing {
namespace {

namespace otlp = telemetry::otlp;
using namespace std::chrono_literals;

enum Label : std::size_t { service, span_name, span_kind, status_code, first_attribute };
constexpr std::array<std::string_view, first_attribute> usual_names{"service_name", "span_name", "span_kind",
                                                                    "status_code"};
constexpr std::string_view other = "other";

std::string_view name_of(otlp::SpanKind kind) {
  switch (kind) {
    case otlp::SpanKind::unspecified: return "SPAN_KIND_UNSPECIFIED";
    case otlp::SpanKind::internal: return "SPAN_KIND_INTERNAL";
    case otlp::SpanKind::server: return "SPAN_KIND_SERVER";
    case otlp::SpanKind::client: return "SPAN_KIND_CLIENT";
    case otlp::SpanKind::producer: return "SPAN_KIND_PRODUCER";
    case otlp::SpanKind::consumer: return "SPAN_KIND_CONSUMER";
  }
  return "SPAN_KIND_UNSPECIFIED";
}

std::string_view name_of(otlp::StatusCode status) {
  switch (status) {
    case otlp::StatusCode::unset: return "STATUS_CODE_UNSET";
    case otlp::StatusCode::ok: return "STATUS_CODE_OK";
    case otlp::StatusCode::error: return "STATUS_CODE_ERROR";
  }
  return "STATUS_CODE_UNSET";
}

// A label's name from an attribute's: http.route is http_route.
std::string label_name(std::string_view attribute) {
  std::string name(attribute);
  for (char& sign : name) {
    const bool fine =
        (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9');
    if (!fine) sign = '_';
  }
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') name.insert(0, "_");
  return name;
}

constexpr double ns_of_a_millisecond = 1e6;

}  // namespace

Bounds FigureSettings::usual_buckets() {
  return {2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1400ms, 2s, 5s, 10s, 15s};
}

SpanFigures::Seen SpanFigures::seen(std::size_t at) const {
  const Series& series = series_[at];
  return {series.labels[service],
          series.labels[span_name],
          series.labels[span_kind],
          series.labels[status_code] == name_of(otlp::StatusCode::error),
          series.calls,
          series.durations};
}

SpanFigures::SpanFigures(FigureSettings settings) : settings_(std::move(settings)) {
  labels_.resize(first_attribute + settings_.attributes.size());
}

void SpanFigures::count(std::string_view request) {
  resource_before_ = nullptr;
  otlp::visit_spans(request, [this](std::string_view resource, std::string_view bytes) {
    const otlp::SpanView span = otlp::view_span(bytes);
    Series& series = *find(resource, span, true);
    ++series.calls;
    series.durations.add(settings_.buckets, span.took_ns());
  });
}

void SpanFigures::exemplify(std::string_view request, core::WallTime now) {
  resource_before_ = nullptr;
  otlp::visit_spans(request, [&](std::string_view resource, std::string_view bytes) {
    const otlp::SpanView span = otlp::view_span(bytes);
    Series* const series = find(resource, span, false);
    if (series == nullptr) return;  // it was counted by the agent's earlier life
    if (series->examples.empty()) series->examples.resize(series->durations.classes.size());
    Example& example = series->examples[class_of(settings_.buckets, span.took_ns())];
    example = {std::string(span.trace_id), std::string(span.span_id), span.took_ns(), now};
  });
}

SpanFigures::Series* SpanFigures::find(std::string_view resource, const otlp::SpanView& span, bool may_add) {
  read_labels(resource, span);
  join_labels();
  if (const auto known = places_.find(std::string_view(key_)); known != places_.end())
    return &series_[known->second];
  if (!may_add || series_.size() < settings_.most_series) return may_add ? &add() : nullptr;
  // Where there is no room for one more operation, what is known of its service is still counted apart.
  if (may_add) ++folded_;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (i != service && i != span_kind && i != status_code)
      labels_[i] = i == span_name ? other : std::string_view();
  }
  if (series_.size() >= 2 * settings_.most_series) labels_[service] = other;
  resource_before_ = nullptr;
  join_labels();
  const auto known = places_.find(std::string_view(key_));
  return known != places_.end() ? &series_[known->second] : &add();
}

// A resource's spans come one after another.
void SpanFigures::read_labels(std::string_view resource, const otlp::SpanView& span) {
  if (resource.data() != resource_before_) {
    put_label(labels_[service], otlp::attribute_of(resource, otlp::resource_attributes, "service.name"));
    resource_before_ = resource.data();
  }
  put_label(labels_[span_name], span.name);
  labels_[span_kind] = name_of(span.kind);
  labels_[status_code] = name_of(span.status);
  for (std::size_t i = 0; i < settings_.attributes.size(); ++i) {
    const std::string& wanted = settings_.attributes[i];
    std::string value = otlp::attribute_of(span.bytes, otlp::span_attributes, wanted);
    if (value.empty()) value = otlp::attribute_of(resource, otlp::resource_attributes, wanted);
    put_label(labels_[first_attribute + i], value);
  }
}

void SpanFigures::join_labels() {
  key_.clear();
  for (const std::string& label : labels_) {
    key_ += label;
    key_ += '\0';
  }
}

SpanFigures::Series& SpanFigures::add() {
  places_.emplace(key_, series_.size());
  Series& series = series_.emplace_back();
  series.labels = labels_;
  return series;
}

telemetry::FamilySet SpanFigures::families() const {
  telemetry::FamilyWriter writer;
  const auto calls = writer.family("traces_span_metrics_calls_total", telemetry::MetricType::counter,
                                   "How often an operation was called, by how it ended.");
  const auto took = writer.family("traces_span_metrics_duration_milliseconds",
                                  telemetry::MetricType::histogram, "How long an operation took.");
  std::vector<std::string> names(usual_names.begin(), usual_names.end());
  for (const std::string& attribute : settings_.attributes) names.push_back(label_name(attribute));
  std::vector<telemetry::LabelView> labels(names.size());
  for (const Series& series : series_) {
    for (std::size_t i = 0; i < names.size(); ++i) labels[i] = {names[i], series.labels[i]};
    writer.put_labelled(calls, static_cast<double>(series.calls), labels);
    std::vector<std::string> exemplars;
    for (const Example& example : series.examples) exemplars.push_back(example.text());
    put(writer, took, series.durations, {settings_.buckets, ns_of_a_millisecond, exemplars}, labels);
  }
  return writer.take();
}

std::string SpanFigures::Example::text() const {
  if (trace_id.empty()) return {};
  const double seconds = std::chrono::duration<double>(when.time_since_epoch()).count();
  return fmt::format(R"({{trace_id="{}",span_id="{}"}} {} {:.3f})", otlp::id_text(trace_id),
                     otlp::id_text(span_id), static_cast<double>(took_ns) / ns_of_a_millisecond, seconds);
}

}  // namespace outrider::tracing
