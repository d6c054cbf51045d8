// How it is written that spans are counted:  span_metrics: true   span_metrics: {attributes: [http.route]}
// and which service calls which:  service_graph: true
#pragma once

#include "agent/config/kind.hpp"
#include "agent/tracing/service_graph.hpp"
#include "agent/tracing/span_figures.hpp"

#include <optional>

namespace outrider::pipeline {

config::Kind<std::optional<tracing::FigureSettings>> figures_kind();  // of the key `span_metrics`
config::Kind<std::optional<tracing::GraphSettings>> graph_kind();     // of the key `service_graph`

}  // namespace outrider::pipeline
