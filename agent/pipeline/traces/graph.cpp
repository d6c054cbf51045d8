#include "agent/pipeline/traces/graph.hpp"

#include <utility>

namespace outrider::pipeline {
Graph::Graph(ShowingTools tools, tracing::GraphSettings settings)
    : clock_(tools.clock),
      graph_(std::make_shared<tracing::ServiceGraph>(std::move(settings))),
      unpaired_(plain_counter(tools.registry, "outrider_service_graph_unpaired_spans_total",
                              "Spans that call, or are called, whose other half did not come in time.")),
      folded_(
          plain_counter(tools.registry, "outrider_service_graph_folded_calls_total",
                        "Calls that are counted from `other` to `other`, since there are too many edges.")) {
  show_on(tools.board, "service graph", graph_);
}

void Graph::taken(const telemetry::Record& spans) {
  const std::uint64_t unpaired = graph_->unpaired(), folded = graph_->folded();
  graph_->count(spans.text, clock_.now());
  unpaired_.Increment(static_cast<double>(graph_->unpaired() - unpaired));
  folded_.Increment(static_cast<double>(graph_->folded() - folded));
}

}  // namespace outrider::pipeline
