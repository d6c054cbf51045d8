// A mapping of names to values, as labels of a series: `Labels` is the telemetry's own list of them.
#pragma once

#include "agent/config/kinds.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::config {

template <class Labels>
Kind<Labels> labels() {
  using Words = std::vector<std::pair<std::string, std::string>>;
  const std::function<Labels(Words)> turn = [](Words words) {
    Labels labels;
    for (auto& [name, value] : words) labels.push_back({std::move(name), std::move(value)});
    return labels;
  };
  return map_of(text(), Names::label).template as<Labels>(turn);
}

}  // namespace outrider::config
