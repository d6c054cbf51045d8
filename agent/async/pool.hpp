// Blocking work (DNS, fsync, libpqxx, compression, hashing) leaves the rivers and runs here.
//   auto size = co_await offload(pool, [&] { return ::write(…); });
#pragma once

#include "agent/async/executor.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace outrider::async {

class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  virtual ~Pool() = default;

  // Runs `job` soon; never on the caller's stack. Jobs must end by themselves.
  virtual void submit(std::function<void()> job) = 0;
};

// Threads are started with the first job and named "pool". Joins them when destroyed.
std::unique_ptr<Pool> make_thread_pool(unsigned threads);

// Runs jobs on the given river: for simulation, where everything is one thread.
std::unique_ptr<Pool> make_inline_pool(Executor river);

namespace detail {

// Waits until the job has run, cancelled or not, since the job borrows from the caller; then throws if
// cancelled.
Task<void> run_on(Pool& pool, std::function<void()> job);

}  // namespace detail

// What `work` returns or throws. A cancelled caller still waits for `work` to end.
template <class Work>
Task<std::invoke_result_t<Work&>> offload(Pool& pool, Work work) {
  using Result = std::invoke_result_t<Work&>;
  std::exception_ptr problem;
  if constexpr (std::is_void_v<Result>) {
    std::function<void()> job = [&] {
      try {
        work();
      } catch (...) {
        problem = std::current_exception();
      }
    };
    co_await detail::run_on(pool, std::move(job));
    if (problem) std::rethrow_exception(problem);
  } else {
    std::optional<Result> result;
    std::function<void()> job = [&] {
      try {
        result.emplace(work());
      } catch (...) {
        problem = std::current_exception();
      }
    };
    co_await detail::run_on(pool, std::move(job));
    if (problem) std::rethrow_exception(problem);
    co_return std::move(*result);
  }
}

}  // namespace outrider::async
