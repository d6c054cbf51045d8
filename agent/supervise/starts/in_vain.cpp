#include "agent/supervise/starts/in_vain.hpp"

#include "agent/async/retry.hpp"

#include <algorithm>
#include <utility>

namespace outrider::supervise {

void InVain::add(std::string why) {
  is_old_news_ = in_a_row_ > 0 && why == why_;
  why_ = std::move(why);
  ++in_a_row_;
}

core::Duration InVain::wait(core::Duration first, core::Random& random) const {
  const async::Backoff backoff{.first = std::min(first, longest_wait), .most = longest_wait};
  return backoff.wait_before(in_a_row_, random);
}

}  // namespace outrider::supervise
