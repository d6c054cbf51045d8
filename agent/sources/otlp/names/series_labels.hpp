// What tells series apart: labels as one text, which is the same for the same labels in any order.
#pragma once

#include "agent/core/resource.hpp"
#include "agent/sources/otlp/logs/any_value.hpp"
#include "agent/telemetry/metrics.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::otlp {

// name, 0, value, 0, by name.
std::string labels_text(telemetry::Labels labels);
// Each of them, as it is in such a text.
void walk_labels(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view value)>& visit);

class SeriesLabels {
 public:
  static constexpr std::size_t most_bytes = 8 * 1024;  // of a series
  static constexpr std::size_t most_labels = 128;

  // `ours`: who is meant where a resource does not say who it is; `added`: for series that do not carry them.
  SeriesLabels(const core::Resource& ours, const telemetry::Labels& added) : ours_(ours), added_(added) {}

  // What the points that follow come from. These throw what protozero throws.
  void begin_resource(std::string_view resource);
  void begin_scope(std::string_view scope);

  // The labels of `target_info`, which says everything else of the resource; empty: there is nothing else.
  const std::string& info() const { return info_; }

  // Of a point with these attributes. False: they are more than may be.
  bool of_point(const std::vector<std::string_view>& attributes, std::string& text);

 private:
  std::string value_of(std::string_view any);
  void identify(std::string_view key, const std::string& value);

  const core::Resource& ours_;
  const telemetry::Labels& added_;
  ValueWriter values_;
  std::string service_, namespace_;
  telemetry::Labels identity_;  // job, instance, and what every series of the page has
  std::string scope_, info_;
};

}  // namespace outrider::sources::otlp
