#include "agent/pipeline/traces/figures.hpp"

#include <utility>

namespace outrider::pipeline {

Figures::Figures(ShowingTools tools, tracing::FigureSettings settings, bool keeps_all)
    : clock_(tools.clock),
      figures_(std::make_shared<tracing::SpanFigures>(std::move(settings))),
      recent_(tools.clock.now()),
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

void Figures::kept(const telemetry::Record& spans) {
  figures_->exemplify(spans.text, clock_.wall());
  entries_.look(spans.text, clock_.wall());
}

core::TracesStatus Figures::status() {
  constexpr std::size_t most_operations = 30;
  const core::Instant now = clock_.now();
  recent_.look(*figures_, now);
  core::TracesStatus status;
  status.covers = recent_.covers(now);
  status.operations = recent_.busiest(*figures_, most_operations);
  status.kept = entries_.newest();
  return status;
}

}  // namespace outrider::pipeline
