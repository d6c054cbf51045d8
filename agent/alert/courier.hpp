// One notifier's errands: takes the oldest message, tries, waits as the other side wants it, tries again.
// Pure but for pace: what is sent and kept is the desk's.
#pragma once

#include "agent/async/retry.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/random.hpp"
#include "agent/notifiers/shelf.hpp"

#include <optional>
#include <string>

namespace outrider::alert {

// When the next attempt may be made, and how the last one went.
class Pace {
 public:
  explicit Pace(core::Duration gap) : gap_(gap) {}

  core::Instant not_before() const { return not_before_; }
  // `missed`: whom it did not reach all the same.
  void went_well(core::Instant now, core::WallTime wall, std::string missed = {});
  void failed(const notifiers::Trouble& trouble, core::Instant now, core::Random& random);

  bool is_failing() const { return failures_ > 0; }
  unsigned failures() const { return failures_; }  // in a row
  const std::string& trouble() const { return trouble_; }
  std::uint64_t delivered() const { return delivered_; }
  const std::optional<core::WallTime>& last_delivered() const { return last_delivered_; }

 private:
  core::Duration gap_;
  core::Instant not_before_{};
  unsigned failures_ = 0;
  std::string trouble_;
  std::uint64_t delivered_ = 0;
  std::optional<core::WallTime> last_delivered_;
};

}  // namespace outrider::alert
