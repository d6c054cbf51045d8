// Where spans go in: into their spool, or back to their sender.
#pragma once

#include "agent/pipeline/spool/spool.hpp"
#include "agent/sources/shelf.hpp"

#include <utility>
#include <vector>

namespace outrider::pipeline {

// Whoever looks at spans as they come in.
class SpanWatch {
 public:
  SpanWatch() = default;
  SpanWatch(const SpanWatch&) = delete;
  SpanWatch& operator=(const SpanWatch&) = delete;
  virtual ~SpanWatch() = default;

  virtual void coming(const telemetry::Batch& batch) = 0;  // it may yet be sent back, and come again
  virtual void taken(const telemetry::Batch& batch) = 0;   // it is on the disk
};

class TraceIntake final : public sources::KeepingIntake {
 public:
  TraceIntake(Spool* spool, std::vector<SpanWatch*> watches) : spool_(spool), watches_(std::move(watches)) {}

  // Nothing can be written down, so nothing is taken.
  void without_spool() { spool_ = nullptr; }

  core::Task<core::Outcome<>> keep(telemetry::Batch batch) override {
    if (spool_ == nullptr)
      co_return core::fail(core::Errc::exhausted, "cannot take it: the spool cannot be read");
    if (watches_.empty()) co_return co_await spool_->keep(std::move(batch));
    const telemetry::Batch seen = batch;  // looks into the same bytes
    for (SpanWatch* const watch : watches_) watch->coming(seen);
    core::Outcome<> kept = co_await spool_->keep(std::move(batch));
    for (SpanWatch* const watch : watches_)
      if (kept) watch->taken(seen);
    co_return kept;
  }

 private:
  Spool* spool_;
  std::vector<SpanWatch*> watches_;
};

}  // namespace outrider::pipeline
