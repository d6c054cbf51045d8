#include "agent/pipeline/traces/figures.hpp"

#include <utility>

namespace outrider::pipeline {

Figures::Figures(ShowingTools tools, tracing::FigureSettings settings, bool keeps_all)
    : clock_(tools.clock),
      figures_(std::make_shared<tracing::SpanFigures>(std::move(settings))),
      keeps_all_(keeps_all),
      folded_(plain_counter(tools.registry, "outrider_span_metrics_folded_spans_total",
                            "Spans that are counted as `other`, since there are too many operations.")) {
  show_on(tools.board, "spans", figures_);
}

void Figures::taken(const telemetry::Record& spans) {
  const std::uint64_t before = figures_->folded();
  figures_->count(spans.text);
  folded_.Increment(static_cast<double>(figures_->folded() - before));
  if (keeps_all_) kept(spans);
}

void Figures::kept(const telemetry::Record& spans) { figures_->exemplify(spans.text, clock_.wall()); }

}  // namespace outrider::pipeline
