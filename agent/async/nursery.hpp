// Structured concurrency: no coroutine outlives the nursery it was started in.
//   Nursery nursery(co_await boost::asio::this_coro::executor);
//   nursery.start(probe_loop());
//   co_await nursery.join();
// The first child that fails cancels the rest, and join() rethrows its exception once all have ended.
// Cancelling join() cancels the children. A child must take what it needs by value or outlive nothing.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/executor.hpp"

#include <cstddef>
#include <exception>
#include <list>

#include <boost/asio/cancellation_signal.hpp>

namespace outrider::async {

class Nursery {
 public:
  explicit Nursery(Executor executor);
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  ~Nursery();  // aborts the program when children are still alive: join first

  void start(Task<void> child);

  // Asks every child to end; does not wait. Children started later are cancelled at once.
  void cancel();

  // Returns when every child has returned.
  Task<void> join();

  std::size_t size() const { return alive_; }

 private:
  struct Child {
    boost::asio::cancellation_signal signal;
  };

  void ended(std::list<Child>::iterator child, std::exception_ptr problem);
  Task<void> wait_for_all();

  Executor executor_;
  Bell changed_;
  std::list<Child> children_;
  std::size_t alive_ = 0;
  bool closing_ = false;
  std::exception_ptr first_problem_;
};

}  // namespace outrider::async
