#include "agent/pipeline/traces/figures.hpp"

#include <memory>
#include <utility>

namespace outrider::pipeline {

namespace {

core::Task<void> show(std::shared_ptr<tracing::SpanFigures> figures, telemetry::Board& board,
                      std::size_t place) {
  board.publish(place, std::make_shared<const telemetry::FamilySet>(figures->families()));
  co_return;
}

}  // namespace

Figures::Figures(Tools tools, tracing::FigureSettings settings, bool keeps_all)
    : clock_(tools.clock),
      figures_(std::make_shared<tracing::SpanFigures>(std::move(settings))),
      keeps_all_(keeps_all),
      folded_(::prometheus::BuildCounter()
                  .Name("outrider_span_metrics_folded_spans_total")
                  .Help("Spans that are counted as `other`, since there are too many operations.")
                  .Register(tools.registry)
                  .Add({})) {
  // Its place is the next one of the board.
  const std::size_t place = tools.board.entries().size();
  tools.board.add("spans",
                  [figures = figures_, &board = tools.board, place] { return show(figures, board, place); });
}

void Figures::taken(const telemetry::Batch& batch) {
  const std::uint64_t before = figures_->folded();
  for (const telemetry::Record& record : batch.records) figures_->count(record.text);
  folded_.Increment(static_cast<double>(figures_->folded() - before));
  if (keeps_all_) kept(batch);
}

void Figures::kept(const telemetry::Batch& batch) {
  for (const telemetry::Record& record : batch.records) figures_->exemplify(record.text, clock_.wall());
}

}  // namespace outrider::pipeline
