#include "agent/recovery/ground/ahead.hpp"

#include "agent/async/nursery.hpp"

#include <filesystem>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration between_looks = 5ms;

struct Shared {
  const AheadOrder& order;
  std::size_t next = 0;
  bool over = false;
};

std::size_t waiting(const std::string& folder) {
  std::error_code trouble;
  std::size_t files = 0;
  for (std::filesystem::directory_iterator at(folder, trouble), end; !trouble && at != end;
       at.increment(trouble)) {
    ++files;
  }
  return files;
}

core::Task<void> lane(os::Processes& processes, core::Clock& clock, async::Pool& pool, Shared& shared) {
  const AheadOrder& order = shared.order;
  while (!shared.over && shared.next < order.way.size()) {
    if (waiting(order.fetch.ahead) >= order.most_waiting) {
      co_await clock.sleep(between_looks);
      continue;
    }
    const std::string name = order.way[shared.next++];
    // A hidden name until it is whole: `mv` must never take half a segment.
    const std::string partial = order.fetch.ahead + "/." + name;
    Fetched fetched =
        co_await fetch_file(processes, clock, pool, order.fetch.plan, name, partial, order.fetch.limit);
    std::error_code trouble;
    if (fetched.code == fetch_found)
      std::filesystem::rename(partial, order.fetch.ahead + "/" + name, trouble);
    if (fetched.code != fetch_found || trouble) shared.over = true;
  }
}

}  // namespace

core::Task<void> fetch_ahead(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                             AheadOrder order) {
  Shared shared{order};
  async::Nursery nursery(co_await boost::asio::this_coro::executor);
  for (unsigned i = 0; i < order.lanes; ++i) nursery.start(lane(processes, clock, pool, shared));
  co_await nursery.join();
}

}  // namespace outrider::recovery
