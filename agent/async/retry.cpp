#include "agent/async/retry.hpp"

#include <algorithm>
#include <cmath>

namespace outrider::async {

core::Duration Backoff::wait_before(unsigned attempt, core::Random& random) const {
  const double first_ns = static_cast<double>(first.count());
  const double most_ns = static_cast<double>(most.count());
  const double exponent = attempt > 0 ? static_cast<double>(attempt - 1) : 0.0;
  const double grown = std::min(first_ns * std::pow(factor, exponent), most_ns);
  const double spread = 1.0 + jitter * (2.0 * random.share() - 1.0);
  return core::Duration(static_cast<std::int64_t>(std::min(grown * spread, most_ns)));
}

}  // namespace outrider::async
