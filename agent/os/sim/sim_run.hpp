// Runs a task while virtual time passes.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace outrider::os {

// What it gave; nothing: it was not done within `most`, and was cancelled then.
template <class T>
std::optional<T> run_for(SimClock& clock, boost::asio::io_context& loop, core::Duration most,
                         core::Task<T> work) {
  std::optional<T> result;
  auto store = [](core::Task<T> what, std::optional<T>& into) -> core::Task<void> {
    into = co_await std::move(what);
  };
  async::Nursery nursery(loop.get_executor());
  nursery.start(store(std::move(work), result));
  clock.advance(most);
  nursery.cancel();
  clock.settle();
  return result;
}

}  // namespace outrider::os
