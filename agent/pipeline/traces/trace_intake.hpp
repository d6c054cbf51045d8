// Where spans go in: into their spool, or back to their sender.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/pipeline/spool/spool.hpp"
#include "agent/sources/shelf.hpp"

#include <cstddef>
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

  virtual void coming(const telemetry::Record& spans) = 0;  // they may yet be sent back, and come again
  virtual void taken(const telemetry::Record& spans) = 0;   // they are on the disk
};

class TraceIntake final : public sources::KeepingIntake {
 public:
  // Before the first comes. Without a spool nothing can be written down, so nothing is taken.
  void begin(Spool* spool, std::vector<SpanWatch*> watches) {
    spool_ = spool;
    watches_ = std::move(watches);
  }

  void add(SpanWatch& watch) { watches_.push_back(&watch); }

  core::Task<core::Outcome<sources::Kept>> keep(telemetry::Batch batch) override {
    if (spool_ == nullptr)
      co_return core::fail(core::Errc::exhausted, "cannot take it: there is nowhere to keep it");
    telemetry::Batch seen;
    if (!watches_.empty()) seen = batch;  // looks into the same bytes
    co_await show(seen, &SpanWatch::coming);
    const core::Outcome<> kept = co_await spool_->keep(std::move(batch));
    if (!kept) co_return core::fail(kept.error());
    co_await show(seen, &SpanWatch::taken);
    co_return sources::Kept();
  }

 private:
  using Moment = void (SpanWatch::*)(const telemetry::Record&);

  // Of a large request one record after the other: others have their turn between them.
  core::Task<void> show(const telemetry::Batch& batch, Moment moment) {
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      if (i > 0) co_await async::yield_turn();
      for (SpanWatch* const watch : watches_) (watch->*moment)(batch.records[i]);
    }
  }

  Spool* spool_ = nullptr;
  std::vector<SpanWatch*> watches_;
};

}  // namespace outrider::pipeline
