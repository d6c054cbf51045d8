#include "agent/alert/courier.hpp"

#include <algorithm>
#include <utility>

namespace outrider::alert {
namespace {

constexpr async::Backoff again{.first = std::chrono::seconds(1), .most = std::chrono::minutes(2)};
// Somebody must look first; but nobody should have to tell us when he has.
constexpr async::Backoff until_mended{.first = std::chrono::seconds(15), .most = std::chrono::minutes(5)};

}  // namespace

void Pace::went_well(core::Instant now, core::WallTime wall, std::string missed) {
  failures_ = 0;
  trouble_ = std::move(missed);
  ++delivered_;
  last_delivered_ = wall;
  not_before_ = now + gap_;
}

void Pace::failed(const notifiers::Trouble& trouble, core::Instant now, core::Random& random) {
  ++failures_;
  trouble_ = trouble.error.hint.empty() ? trouble.error.what : trouble.error.what + "; " + trouble.error.hint;
  const bool is_hopeless = trouble.hope == notifiers::Hope::never;  // the next message may be taken
  const async::Backoff& backoff = trouble.hope == notifiers::Hope::mend ? until_mended : again;
  const core::Duration wait = is_hopeless ? gap_ : std::max(gap_, backoff.wait_before(failures_, random));
  not_before_ = now + std::max(wait, trouble.wait.value_or(core::Duration(0)));
}

}  // namespace outrider::alert
