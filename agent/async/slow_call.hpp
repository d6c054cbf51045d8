// Calls that block and may never come back: statvfs() on a dead NFS server, a scan of a /proc that hangs.
// Each has a deadline; past it the call is left alone, and not made again until it has returned.
//   SlowCall<std::uint64_t> free(calls, clock, "the free space of /mnt");
//   Outcome<std::uint64_t> answer = co_await free.ask([path] { return free_bytes(path); }, 1s);
// Pool is for work that ends by itself; this is for work of which nobody knows.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/executor.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/outcome.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace outrider::async {

// The threads for them.
class SlowCalls {
 public:
  SlowCalls() = default;
  SlowCalls(const SlowCalls&) = delete;
  SlowCalls& operator=(const SlowCalls&) = delete;
  virtual ~SlowCalls() = default;

  // Runs `job` soon, and then `tell`, unless this is gone by then. Both own what they touch, and may be
  // destroyed on another thread. False: so many hang already that none is taken.
  virtual bool submit(std::function<void()> job, std::function<void()> tell) = 0;
};

// Threads are started when needed, at most so many. When destroyed it waits a second for those that work, and
// leaves the rest behind: the end of the program takes them.
std::unique_ptr<SlowCalls> make_slow_calls(unsigned most_threads);

// Takes none.
SlowCalls& no_slow_calls();

// Runs jobs on the given river, for simulation; while `held` is true they wait, as if they hung.
std::unique_ptr<SlowCalls> make_inline_slow_calls(Executor river, const bool* held = nullptr);

namespace detail {

// What is the same for every kind of answer. On one river.
class SlowTurn {
 public:
  SlowTurn(SlowCalls& calls, core::Clock& clock, std::string what);

  // `timed_out` when the job took longer, `busy` when the one before has not come back, `exhausted` when so
  // many hang that none is taken.
  core::Task<core::Outcome<>> run(std::function<void()> job, core::Duration limit);

 private:
  struct Waiter;
  SlowCalls& calls_;
  core::Clock& clock_;
  std::string what_;
  std::shared_ptr<Waiter> waiter_;  // of the call under way
  core::Instant since_;
};

}  // namespace detail

template <class T>
class SlowCall {
 public:
  // `what` completes "… has not come back": "the free space of /mnt".
  SlowCall(SlowCalls& calls, core::Clock& clock, std::string what) : turn_(calls, clock, std::move(what)) {}

  // What `work` gives. It owns what it touches: nobody waits for it past the limit, or when cancelled.
  core::Task<core::Outcome<T>> ask(std::function<core::Outcome<T>()> work, core::Duration limit) {
    const auto answer = std::make_shared<std::optional<core::Outcome<T>>>();
    std::function<void()> job = [answer, work = std::move(work)] { answer->emplace(work()); };
    const core::Outcome<> ran = co_await turn_.run(std::move(job), limit);
    if (!ran) co_return core::fail(ran.error());
    co_return std::move(**answer);
  }

 private:
  detail::SlowTurn turn_;
};

}  // namespace outrider::async
