// Which service calls which, on the page of metrics.
#pragma once

#include "agent/pipeline/traces/shown.hpp"
#include "agent/pipeline/traces/trace_intake.hpp"
#include "agent/tracing/service_graph.hpp"

#include <memory>

#include <prometheus/counter.h>

namespace outrider::pipeline {

class Graph final : public SpanWatch {
 public:
  Graph(ShowingTools tools, tracing::GraphSettings settings);

  void coming(const telemetry::Record&) override {}
  void taken(const telemetry::Record& spans) override;

 private:
  core::Clock& clock_;
  std::shared_ptr<tracing::ServiceGraph> graph_;  // whoever still shows the board may outlive us
  ::prometheus::Counter& unpaired_;
  ::prometheus::Counter& folded_;
};

}  // namespace outrider::pipeline
