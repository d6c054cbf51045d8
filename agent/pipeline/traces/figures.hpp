// The figures of spans, on the page of metrics, and in short for people.
#pragma once

#include "agent/pipeline/traces/shown.hpp"
#include "agent/pipeline/traces/trace_intake.hpp"
#include "agent/tracing/shown/entries.hpp"
#include "agent/tracing/shown/recent.hpp"
#include "agent/tracing/span_figures.hpp"

#include <memory>

#include <prometheus/counter.h>

namespace outrider::pipeline {

class Figures final : public SpanWatch {
 public:
  // `keeps_all`: no trace is let go, so each may be an example.
  Figures(ShowingTools tools, tracing::FigureSettings settings, bool keeps_all);

  void coming(const telemetry::Record&) override {}
  void taken(const telemetry::Record& spans) override;
  // They are of traces that are kept.
  void kept(const telemetry::Record& spans);

  core::TracesStatus status();

 private:
  core::Clock& clock_;
  std::shared_ptr<tracing::SpanFigures> figures_;  // whoever still shows the board may outlive us
  tracing::Recent recent_;
  tracing::Entries entries_;
  bool keeps_all_;
  ::prometheus::Counter& folded_;
};

}  // namespace outrider::pipeline
