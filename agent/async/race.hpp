// The first to end ends the rest. All have ended when a race returns, so what they borrowed is free again.
// (Asio's own || waits for the first *success*; a branch that threw leaves it hanging.)
#pragma once

#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"
#include "agent/core/text.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace outrider::async {

// The index of the first that ended; its exception, when it ended with one. Throws when cancelled from
// outside.
Task<std::size_t> race_all(std::vector<Task<void>> runners);

// True when `work` ended in time. Otherwise it was cancelled and has ended.
Task<bool> finish_within(core::Clock& clock, core::Duration limit, Task<void> work);

namespace detail {

template <class T>
Task<void> store(Task<T> work, std::optional<T>& result) {
  result.emplace(co_await std::move(work));
}

}  // namespace detail

// What `work` gave, or nothing when it took longer than `limit`.
template <class T>
Task<std::optional<T>> with_deadline(core::Clock& clock, core::Duration limit, Task<T> work) {
  std::optional<T> result;
  Task<void> storing = detail::store(std::move(work), result);
  const bool in_time = co_await finish_within(clock, limit, std::move(storing));
  if (!in_time) result.reset();
  co_return result;
}

// The same for work that can fail: lateness is one more failure. "doing" completes "… took longer than 5s".
template <class T>
Task<core::Outcome<T>> with_deadline(core::Clock& clock, core::Duration limit, std::string doing,
                                     Task<core::Outcome<T>> work) {
  std::optional<core::Outcome<T>> result;
  Task<void> storing = detail::store(std::move(work), result);
  const bool in_time = co_await finish_within(clock, limit, std::move(storing));
  if (!in_time || !result) {
    co_return core::fail(core::Errc::timed_out, doing + " took longer than " + core::show_duration(limit));
  }
  co_return std::move(*result);
}

// Whichever of the two ended first.
template <class A, class B>
Task<std::variant<A, B>> race(Task<A> a, Task<B> b) {
  std::optional<A> first;
  std::optional<B> second;
  std::vector<Task<void>> runners;
  runners.push_back(detail::store(std::move(a), first));
  runners.push_back(detail::store(std::move(b), second));
  const std::size_t winner = co_await race_all(std::move(runners));
  if (winner == 0) co_return std::variant<A, B>(std::in_place_index<0>, std::move(*first));
  co_return std::variant<A, B>(std::in_place_index<1>, std::move(*second));
}

}  // namespace outrider::async
