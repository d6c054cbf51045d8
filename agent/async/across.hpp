// One question from river to river: runs `work` there, and waits for its answer here.
//   auto addresses = co_await across(carry, upper.reload(settings));
// For rare things such as a reload; what flows goes through a Mailbox. A cancelled caller waits for `work` to
// end, since it borrows from the caller, so `work` must have a deadline of its own.
#pragma once

#include "agent/async/executor.hpp"
#include "agent/async/race.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace outrider::async {

namespace detail {

Task<void> run_across(Executor river, Task<void> work);

}  // namespace detail

template <class T>
Task<T> across(Executor river, Task<T> work) {
  if constexpr (std::is_void_v<T>) {
    co_await detail::run_across(std::move(river), std::move(work));
  } else {
    std::optional<T> result;
    Task<void> putting = detail::store(std::move(work), result);
    co_await detail::run_across(std::move(river), std::move(putting));
    co_return std::move(*result);
  }
}

}  // namespace outrider::async
