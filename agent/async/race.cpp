#include "agent/async/race.hpp"

#include "agent/async/nursery.hpp"

#include <exception>

namespace outrider::async {
namespace {

struct Finish {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  std::size_t winner = nobody;
  std::exception_ptr problem;
  Nursery* nursery = nullptr;

  // Only the first to arrive counts; the rest are on their way out.
  void arrive(std::size_t index, std::exception_ptr how) {
    if (winner != nobody) return;
    winner = index;
    problem = std::move(how);
    nursery->cancel();
  }
};

Task<void> run_to_finish(Task<void> runner, std::size_t index, Finish& finish) {
  std::exception_ptr how;
  try {
    co_await std::move(runner);
  } catch (...) {
    how = std::current_exception();
  }
  finish.arrive(index, how);
}

}  // namespace

Task<std::size_t> race_all(std::vector<Task<void>> runners) {
  Nursery nursery(co_await boost::asio::this_coro::executor);
  Finish finish;
  finish.nursery = &nursery;
  std::size_t index = 0;
  for (auto& runner : runners) nursery.start(run_to_finish(std::move(runner), index++, finish));
  co_await nursery.join();
  if (finish.problem) std::rethrow_exception(finish.problem);
  co_return finish.winner;
}

Task<bool> finish_within(core::Clock& clock, core::Duration limit, Task<void> work) {
  const Executor river = co_await boost::asio::this_coro::executor;
  Nursery nursery(river);
  Finish finish;
  finish.nursery = &nursery;
  nursery.start(run_to_finish(std::move(work), 0, finish));
  const auto due = clock.call_at(river, clock.now() + limit, [&finish] { finish.arrive(1, nullptr); });
  co_await nursery.join();
  if (finish.problem) std::rethrow_exception(finish.problem);
  co_return finish.winner == 0;
}

}  // namespace outrider::async
