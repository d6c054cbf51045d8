#include "agent/async/pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <pthread.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::async {
namespace {

class ThreadPool final : public Pool {
 public:
  explicit ThreadPool(unsigned threads) : most_threads_(threads == 0 ? 1 : threads) {}

  ~ThreadPool() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    news_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void submit(std::function<void()> job) override {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      if (idle_ < jobs_.size() && threads_.size() < most_threads_) threads_.emplace_back([this] { work(); });
    }
    news_.notify_one();
  }

 private:
  void work() {
    pthread_setname_np(pthread_self(), "pool");
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      news_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t most_threads_;
  std::size_t idle_ = 0;
  bool closing_ = false;
};

class InlinePool final : public Pool {
 public:
  explicit InlinePool(Executor river) : river_(std::move(river)) {}

  void submit(std::function<void()> job) override { boost::asio::post(river_, std::move(job)); }

 private:
  Executor river_;
};

}  // namespace

std::unique_ptr<Pool> make_thread_pool(unsigned threads) { return std::make_unique<ThreadPool>(threads); }

std::unique_ptr<Pool> make_inline_pool(Executor river) {
  return std::make_unique<InlinePool>(std::move(river));
}

namespace detail {

Task<void> run_on(Pool& pool, std::function<void()> job) {
  // An operation without a cancellation handler: a cancelled caller stays here until the job has run.
  auto begin = [&pool, &job](auto handler) {
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    pool.submit([shared, &job] {
      job();
      const auto executor = boost::asio::get_associated_executor(*shared);
      boost::asio::post(executor, [shared] { std::move (*shared)(); });
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      begin, boost::asio::use_awaitable);
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none) throw_cancelled();
}

}  // namespace detail
}  // namespace outrider::async
