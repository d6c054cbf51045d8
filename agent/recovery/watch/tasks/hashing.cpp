// Hashing the source's content ahead of a drill by the clock.
#include "agent/recovery/watch/watch.hpp"

#include <algorithm>

namespace outrider::recovery {

using namespace std::chrono_literals;
using core::Task;

bool asks_for_hashes(const DrillOrder& order) {
  return std::find(order.checks.begin(), order.checks.end(), Ask::hashes) != order.checks.end();
}

// By then the archive has what was written before, so that the copy comes to where the source was hashed. To
// switch WAL for it would make the loss at the drill's moment look smaller than it is at any other.
core::Duration Watch::hashing_lead() const {
  constexpr core::Duration most = 1h;
  const auto& evidence = server_.evidence();
  const auto timeout = evidence ? duration_setting(*evidence, "archive_timeout") : std::nullopt;
  if (!timeout || *timeout == core::Duration{}) return most / 4;
  return std::min<core::Duration>(most, 2 * *timeout + 1min);
}

Task<void> Watch::tend_hashes() {
  if (!settings_.drill.at || !hashes_ || catalogs_.empty() || !asks_for_hashes(settings_.drill.order()))
    co_return;
  for (;;) {
    const core::Instant due = tools_.clock.now() + until_next_drill();
    co_await tools_.clock.sleep_until(due - hashing_lead());
    co_await hash_ahead();
    co_await tools_.clock.sleep_until(due);
  }
}

Task<void> Watch::hash_ahead() {
  const std::string path = options_.folder + "/drill.lock";
  auto job = [&] { return tools_.lock(path); };
  const auto lock = co_await async::offload(tools_.pool, job);
  if (!lock) co_return;  // a drill is under way, and hashes for itself
  co_await hashes_->prepare();
  const auto kept = co_await hashes_->save();
  if (!kept)
    tools_.log.warn("recovery", "Cannot keep the hashes of the source", {{"why", kept.error().what}});
}

}  // namespace outrider::recovery
