// Where spans go in: into their spool, or back to their sender.
#pragma once

#include "agent/pipeline/spool/spool.hpp"
#include "agent/sources/shelf.hpp"

#include <utility>

namespace outrider::pipeline {

class TraceIntake final : public sources::KeepingIntake {
 public:
  explicit TraceIntake(Spool* spool) : spool_(spool) {}

  // Nothing can be written down, so nothing is taken.
  void without_spool() { spool_ = nullptr; }

  core::Task<core::Outcome<>> keep(telemetry::Batch batch) override {
    if (spool_ != nullptr) co_return co_await spool_->keep(std::move(batch));
    co_return core::fail(core::Errc::exhausted, "cannot take it: the spool cannot be read");
  }

 private:
  Spool* spool_;
};

}  // namespace outrider::pipeline
