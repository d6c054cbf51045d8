#include "agent/pipeline/follow/follow_flow.hpp"

#include "agent/pipeline/follow/following_sink.hpp"

#include <algorithm>
#include <utility>

namespace outrider::pipeline {
namespace {

constexpr std::uint64_t buffer_bytes = 4u << 20;

// When so much waits as may, the oldest go; meanwhile more come.
std::uint64_t with_margin(std::uint64_t most_bytes) {
  return most_bytes + std::max<std::uint64_t>(most_bytes / 4, 8u << 20);
}

// What waits of a run in which lines followed their trace: nobody knows any more what was decided of it.
tracing::FollowSettings nothing_waits() {
  tracing::FollowSettings settings;
  settings.wait = {};
  return settings;
}

}  // namespace

FollowFlow::FollowFlow(const async::Executor& carry, Spool::Tools tools,
                       std::optional<tracing::FollowSettings> settings)
    : carry_(carry), tools_(std::move(tools)), is_wanted_(settings.has_value()) {
  if (is_wanted_) following_.emplace(tools_.clock, tools_.registry, std::move(*settings));
}

async::Task<std::unique_ptr<Carrier>> FollowFlow::open(Carrier::Tools tools, Spool& onward,
                                                       std::function<void()> trouble_changed) {
  if (!is_wanted_) {
    const bool has_some = co_await has_held_lines();
    if (!has_some) co_return nullptr;
    following_.emplace(tools_.clock, tools_.registry, nothing_waits());
  }
  auto carrier = std::make_unique<Carrier>(
      carry_, tools, std::make_unique<FollowingSink>(tools_.clock, *following_, onward), buffer_bytes,
      sinks::WhenFull::drop_newest, std::move(trouble_changed));
  const SpoolSettings bounds{with_margin(following_->settings().most_bytes)};
  auto held = std::make_unique<Spool>(carry_, tools_, held_log_spool, bounds,
                                      std::vector<Destination>{{carrier.get(), {}, true}});
  const core::Outcome<> opened = co_await held->open();
  if (!opened) {
    tools_.log.error("pipeline", "Cannot read the spool of lines that wait for their trace, so none does",
                     {{"why", opened.error().what}, {"hint", opened.error().hint}});
    co_return nullptr;
  }
  held_ = std::move(held);
  carrier_ = carrier.get();
  following_->hold_in(*held_);
  co_return std::move(carrier);
}

async::Task<bool> FollowFlow::has_held_lines() {
  const auto work = [this] {
    bool found = false;
    (void)walk_spool(tools_.book, held_log_spool, 0, [&found](std::uint64_t, std::string_view) {
      found = true;
      return false;
    });
    return found;
  };
  co_return co_await async::offload(tools_.pool, work);
}

void FollowFlow::finish() {
  if (carrier_ != nullptr) carrier_->abandon();
}

void FollowFlow::show() {
  if (following_) following_->show();
}

}  // namespace outrider::pipeline
