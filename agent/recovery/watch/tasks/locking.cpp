// Whoever drills holds a lock, here and in the fleet.
#include "agent/recovery/watch/watch.hpp"

#include <utility>

namespace outrider::recovery {

using core::Task;

Task<core::Outcome<std::vector<std::unique_ptr<os::Lock>>>> Watch::lock_drills() {
  if (drilling_) co_return core::fail(core::Errc::busy, "cannot drill: a drill is under way");
  std::vector<std::unique_ptr<os::Lock>> locks;
  const std::vector<std::string> paths{options_.folder + "/drill.lock", settings_.drill.lease};
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    auto job = [&] { return tools_.lock(path); };
    auto lock = co_await async::offload(tools_.pool, job);
    if (!lock)
      co_return core::fail(lock.error().code, "cannot drill: another one is under way: " + lock.error().what,
                           "one drill at a time");
    locks.push_back(std::move(*lock));
  }
  co_return std::move(locks);
}

}  // namespace outrider::recovery
