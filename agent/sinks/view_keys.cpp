#include "agent/sinks/view_keys.hpp"

#include <string_view>

#include <fmt/format.h>

namespace outrider::sinks {
namespace {

std::optional<std::string> trouble_with_pattern(const std::string& pattern) {
  constexpr std::string_view fine = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:*";
  if (pattern.find_first_not_of(fine) == std::string::npos) return std::nullopt;
  return "must be the name of a metric; * stands for any number of characters";
}

}  // namespace

config::Kind<std::vector<std::string>> metric_patterns() {
  return config::list_of(config::text_matching(1, 256).check(trouble_with_pattern), 1, 1000);
}

std::optional<config::Complaint> label_of_the_series(const telemetry::remote_write::View& view) {
  for (const telemetry::Label& label : view.labels) {
    if (label.name.starts_with("__") || label.name == "le" || label.name == "quantile")
      return config::Complaint{
          "labels", fmt::format("`labels` cannot have {}: it belongs to the series themselves", label.name)};
  }
  return std::nullopt;
}

}  // namespace outrider::sinks
