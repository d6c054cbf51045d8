#include "agent/sources/otlp/names/series_labels.hpp"

#include "agent/sources/otlp/names/metric_names.hpp"
#include "agent/telemetry/otlp/key_value.hpp"
#include "agent/telemetry/utf8.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sources::otlp {
namespace {

using telemetry::Label;
using telemetry::Labels;
using telemetry::otlp::walk;

constexpr std::uint32_t resource_attributes = 1, scope_name = 1;
constexpr std::size_t longest_info = 1024;  // of what target_info says, each

bool is_of_resource(std::string_view name) { return name == "job" || name == "instance"; }

bool holds(const Labels& labels, std::string_view name) {
  return std::ranges::find(labels, name, &Label::name) != labels.end();
}

// Two attributes whose names become one: both are said, as OpenTelemetry has it. An empty one says nothing.
void add(Labels& labels, std::string_view name, std::string value) {
  if (value.empty()) return;
  std::ranges::replace(value, '\0', ' ');
  const auto known = std::ranges::find(labels, name, &Label::name);
  if (known == labels.end()) {
    labels.push_back({std::string(name), std::move(value)});
  } else {
    known->value += ';' + value;
  }
}

void add_missing(Labels& labels, const Labels& others) {
  for (const Label& label : others) {
    if (!holds(labels, label.name)) labels.push_back(label);
  }
}

}  // namespace

std::string labels_text(Labels labels) {
  std::ranges::sort(labels, {}, &Label::name);
  std::string text;
  for (const Label& label : labels) {
    text.append(label.name).push_back('\0');
    text.append(label.value).push_back('\0');
  }
  return text;
}

void walk_labels(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view value)>& visit) {
  const auto take = [&text] {
    const std::string_view part = text.substr(0, text.find('\0'));
    text.remove_prefix(part.size() + 1);
    return part;
  };
  while (!text.empty()) {
    const std::string_view name = take();
    visit(name, take());
  }
}

std::string SeriesLabels::value_of(std::string_view any) {
  std::string_view text;
  if (is_text(any, text)) return std::string(text);
  std::string json;
  if (!any.empty()) values_.append(json, any);
  return json;
}

void SeriesLabels::identify(std::string_view key, const std::string& value) {
  if (key == "service.name" && !value.starts_with("unknown_service")) service_ = value;
  if (key == "service.namespace") namespace_ = value;
  if (key == "service.instance.id") add(identity_, "instance", value);
  const bool is_environment = key == "deployment.environment.name" || key == "deployment.environment";
  if (is_environment && !holds(identity_, "environment")) add(identity_, "environment", value);
}

void SeriesLabels::begin_resource(std::string_view resource) {
  identity_.clear();
  service_.clear();
  namespace_.clear();
  Labels others;
  walk(resource, resource_attributes, [&](std::string_view message) {
    const auto [key, any] = telemetry::otlp::read_key_value(message);
    std::string value = value_of(any);
    identify(key, value);
    if (key == "service.name" || key == "service.namespace" || key == "service.instance.id") return;
    value.resize(telemetry::whole_characters(value, longest_info));
    if (others.size() < most_labels) add(others, label_name(key), std::move(value));
  });
  if (!service_.empty()) add(identity_, "service", service_);
  if (!namespace_.empty()) add(identity_, "namespace", namespace_);
  const std::string& service = service_.empty() ? ours_.service : service_;
  add(identity_, "job", namespace_.empty() ? service : namespace_ + "/" + service);
  add_missing(identity_, added_);
  std::erase_if(others, [this](const Label& label) { return holds(identity_, label.name); });
  info_.clear();
  if (others.empty()) return;
  add_missing(others, identity_);
  info_ = labels_text(std::move(others));
}

void SeriesLabels::begin_scope(std::string_view scope) {
  scope_.clear();
  walk(scope, scope_name, [&](std::string_view name) { scope_ = name; });
}

bool SeriesLabels::of_point(const std::vector<std::string_view>& attributes, std::string& text) {
  if (attributes.size() > most_labels) return false;
  Labels labels;
  for (const std::string_view message : attributes) {
    const auto [key, any] = telemetry::otlp::read_key_value(message);
    const std::string name = label_name(key);
    add(labels, is_of_resource(name) ? "exported_" + name : name, value_of(any));
  }
  add_missing(labels, identity_);
  if (!holds(labels, "otel_scope_name")) add(labels, "otel_scope_name", scope_);
  text = labels_text(std::move(labels));
  return text.size() <= most_bytes;
}

}  // namespace outrider::sources::otlp
