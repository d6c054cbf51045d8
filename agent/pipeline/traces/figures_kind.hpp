// How it is written that spans are counted:  span_metrics: true   span_metrics: {attributes: [http.route]}
#pragma once

#include "agent/config/kind.hpp"
#include "agent/tracing/span_figures.hpp"

#include <optional>

namespace outrider::pipeline {

config::Kind<std::optional<tracing::FigureSettings>> figures_kind();  // of the key `span_metrics`

}  // namespace outrider::pipeline
