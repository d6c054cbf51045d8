// Where a coroutine runs. Rooms pass these on; they do not make them.
#pragma once

#include "agent/core/task.hpp"

#include <exception>
#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

namespace outrider::async {

using Executor = boost::asio::any_io_executor;
using core::Task;

// The exception that cancellation arrives as.
[[noreturn]] void throw_cancelled();
bool is_cancellation(std::exception_ptr problem);

// For clean-up that must await although its coroutine has been cancelled:
//   co_await async::ignore_cancellation();
// From there on nothing cancels this coroutine, so give every further await a deadline.
inline auto ignore_cancellation() {
  return boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
}

// Runs `job` soon on another river, from any thread; nobody waits for it.
void post(const Executor& river, std::function<void()> job);

// Lets every other ready coroutine of this river take a turn; long loops call it.
Task<void> yield_turn();

}  // namespace outrider::async
