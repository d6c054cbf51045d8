// What the figures of spans have become in the last minutes: how often operations were called, how often they
// failed, and how long they took.
#pragma once

#include "agent/core/traces/traces_status.hpp"
#include "agent/tracing/span_figures.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace outrider::tracing {

class Recent {
 public:
  // Between so long and twice as long is covered.
  static constexpr core::Duration period = std::chrono::minutes(5);

  explicit Recent(core::Instant now) : before_{now, {}}, since_{now, {}} {}

  // Now and then.
  void look(const SpanFigures& figures, core::Instant now);

  core::Duration covers(core::Instant now) const { return now - before_.at; }
  // Calls between parts of one service are none. The busiest first.
  std::vector<core::OperationStatus> busiest(const SpanFigures& figures, std::size_t most) const;

 private:
  struct Past {
    std::uint64_t calls = 0;
    std::vector<std::uint64_t> classes;
  };
  struct Then {
    core::Instant at;
    std::vector<Past> series;  // in the order of the figures, which only grow
  };

  Then before_, since_;
};

// How long so great a share of them took at most; the longest bound where it took longer. `classes`: one more
// than there are bounds.
core::Duration quantile(const std::vector<std::uint64_t>& classes, const Bounds& bounds, double share);

}  // namespace outrider::tracing
