// The way of lines that follow their trace and cannot be read again: from their intake into a spool of their
// own, and out of it, when it is known what became of the trace, into the ordinary one or nowhere.
#pragma once

#include "agent/pipeline/carrier.hpp"
#include "agent/pipeline/follow/following.hpp"
#include "agent/pipeline/spool/spool.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace outrider::pipeline {

class FollowFlow {
 public:
  // Without settings no line waits; what an earlier run left there goes on all the same.
  FollowFlow(const async::Executor& carry, Spool::Tools tools,
             std::optional<tracing::FollowSettings> settings);

  // Null where no line follows its trace.
  Following* following() { return is_wanted_ ? &*following_ : nullptr; }

  // Where the ordinary spool is there. What runs beside the destinations' carriers; null where nothing does.
  // Once, and before it opens.
  async::Task<std::unique_ptr<Carrier>> open(Carrier::Tools tools, Spool& onward,
                                             std::function<void()> trouble_changed);
  Spool* spool() const { return held_.get(); }

  // Nothing more comes: what waits, waits for the next start.
  void finish();
  void show();

 private:
  async::Task<bool> has_held_lines();

  async::Executor carry_;
  Spool::Tools tools_;
  bool is_wanted_;
  std::optional<Following> following_;
  std::unique_ptr<Spool> held_;
  Carrier* carrier_ = nullptr;
};

}  // namespace outrider::pipeline
