// The requests that count for what is promised, as they come in.
#pragma once

#include "agent/pipeline/traces/trace_intake.hpp"
#include "agent/tracing/requests.hpp"

#include <utility>
#include <vector>

namespace outrider::pipeline {

class Promised final : public SpanWatch {
 public:
  void promise(std::vector<tracing::RequestRule> rules) { requests_ = tracing::Requests(std::move(rules)); }
  const std::vector<tracing::RequestCount>& counts() const { return requests_.counts(); }

  void coming(const telemetry::Record&) override {}
  void taken(const telemetry::Record& spans) override {
    if (!requests_.counts().empty()) requests_.count(spans.text);
  }

 private:
  tracing::Requests requests_{{}};
};

}  // namespace outrider::pipeline
