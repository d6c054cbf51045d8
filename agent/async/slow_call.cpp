#include "agent/async/slow_call.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>

#include <pthread.h>

namespace outrider::async {
namespace {

constexpr std::size_t most_waiting = 1024;
constexpr std::chrono::seconds farewell{1};

struct Job {
  std::function<void()> work;
  std::function<void()> tell;
};

// Outlives the SlowCalls when a thread is left behind.
struct Room {
  std::mutex mutex;
  std::condition_variable news;
  std::condition_variable left;
  std::deque<Job> jobs;
  std::size_t idle = 0;
  bool closing = false;
};

struct Worker {
  std::thread thread;
  std::shared_ptr<bool> is_over = std::make_shared<bool>(false);  // under the room's mutex
};

void work_in(const std::shared_ptr<Room>& room, const std::shared_ptr<bool>& is_over) {
  pthread_setname_np(pthread_self(), "slow");
  std::unique_lock lock(room->mutex);
  while (!room->closing) {
    if (room->jobs.empty()) {
      ++room->idle;
      room->news.wait(lock);
      --room->idle;
      continue;
    }
    Job job = std::move(room->jobs.front());
    room->jobs.pop_front();
    lock.unlock();
    job.work();
    job.work = nullptr;
    lock.lock();
    // Under the lock: once it is closed, the loop that would be told may be gone.
    if (!room->closing) job.tell();
    job.tell = nullptr;
  }
  *is_over = true;
  room->left.notify_all();
}

class ThreadedSlowCalls final : public SlowCalls {
 public:
  explicit ThreadedSlowCalls(unsigned most_threads) : most_threads_(most_threads == 0 ? 1 : most_threads) {}

  ~ThreadedSlowCalls() override {
    std::unique_lock lock(room_->mutex);
    room_->closing = true;
    room_->jobs.clear();
    room_->news.notify_all();
    room_->left.wait_for(lock, farewell, [&] {
      return std::ranges::all_of(workers_, [](const Worker& worker) { return *worker.is_over; });
    });
    for (Worker& worker : workers_) {
      const bool is_over = *worker.is_over;
      lock.unlock();
      if (is_over) {
        worker.thread.join();
      } else {
        worker.thread.detach();
      }
      lock.lock();
    }
  }

  bool submit(std::function<void()> job, std::function<void()> tell) override {
    const std::lock_guard lock(room_->mutex);
    if (room_->jobs.size() >= most_waiting) return false;
    room_->jobs.push_back({std::move(job), std::move(tell)});
    if (room_->idle < room_->jobs.size() && workers_.size() < most_threads_) {
      Worker& worker = workers_.emplace_back();
      worker.thread = std::thread(work_in, room_, worker.is_over);
    }
    room_->news.notify_one();
    return true;
  }

 private:
  std::shared_ptr<Room> room_ = std::make_shared<Room>();
  std::list<Worker> workers_;
  std::size_t most_threads_;
};

class InlineSlowCalls final : public SlowCalls {
 public:
  InlineSlowCalls(Executor river, const bool* held) : river_(std::move(river)), held_(held) {}

  bool submit(std::function<void()> job, std::function<void()> tell) override {
    if (held_ != nullptr && *held_) return true;
    post(river_, [job = std::move(job), tell = std::move(tell)] {
      job();
      tell();
    });
    return true;
  }

 private:
  Executor river_;
  const bool* held_;
};

class NoSlowCalls final : public SlowCalls {
 public:
  bool submit(std::function<void()>, std::function<void()>) override { return false; }
};

}  // namespace

SlowCalls& no_slow_calls() {
  static NoSlowCalls none;
  return none;
}

std::unique_ptr<SlowCalls> make_slow_calls(unsigned most_threads) {
  return std::make_unique<ThreadedSlowCalls>(most_threads);
}

std::unique_ptr<SlowCalls> make_inline_slow_calls(Executor river, const bool* held) {
  return std::make_unique<InlineSlowCalls>(std::move(river), held);
}

namespace detail {

// Lives on the river, so that its bell never outlives the loop; who tells it holds a weak pointer.
struct SlowTurn::Waiter {
  explicit Waiter(const Executor& river) : bell(river) {}
  Bell bell;
  bool has_returned = false;

  static Task<void> wait(std::shared_ptr<Waiter> waiter) {
    while (!waiter->has_returned) co_await waiter->bell.wait();
  }
};

SlowTurn::SlowTurn(SlowCalls& calls, core::Clock& clock, std::string what)
    : calls_(calls), clock_(clock), what_(std::move(what)) {}

Task<core::Outcome<>> SlowTurn::run(std::function<void()> job, core::Duration limit) {
  if (waiter_ && !waiter_->has_returned) {
    co_return core::fail(core::Errc::busy, "still waiting for " + what_ + ", which was asked for " +
                                               core::show_age(clock_.now() - since_) + " ago");
  }
  const Executor river = co_await boost::asio::this_coro::executor;
  waiter_ = std::make_shared<Waiter>(river);
  since_ = clock_.now();
  std::function<void()> tell = [river, waiting = std::weak_ptr<Waiter>(waiter_)] {
    post(river, [waiting] {
      const auto waiter = waiting.lock();
      if (!waiter) return;
      waiter->has_returned = true;
      waiter->bell.ring();
    });
  };
  if (!calls_.submit(std::move(job), std::move(tell))) {
    waiter_.reset();
    co_return core::fail(core::Errc::exhausted, "cannot ask for " + what_ + ": too many such questions hang");
  }
  Task<void> waiting = Waiter::wait(waiter_);
  const bool in_time = co_await finish_within(clock_, limit, std::move(waiting));
  if (in_time) co_return core::Outcome<>();
  co_return core::fail(core::Errc::timed_out, what_ + " did not come within " + core::show_duration(limit));
}

}  // namespace detail
}  // namespace outrider::async
