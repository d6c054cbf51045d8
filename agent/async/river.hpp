// A river: one thread, one event loop. The agent has two, `decide` and `carry`; a flood on one never slows
// the other.
#pragma once

#include "agent/async/executor.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>

namespace outrider::async {

class River {
 public:
  explicit River(std::string name);
  River(const River&) = delete;
  River& operator=(const River&) = delete;
  ~River();  // joins the thread; whoever started work on the river has ended it before

  Executor executor() { return loop_.get_executor(); }
  const std::string& name() const { return name_; }

  // Starts the thread. `work` runs on the river; when it ends, or fails, the loop ends and `ended` is called
  // there.
  void start(Task<void> work, std::function<void(std::exception_ptr)> ended);

  // Asks `work` to end, from any thread. Harmless when it has ended.
  void cancel();

  void join();

 private:
  struct Stop;
  std::string name_;
  boost::asio::io_context loop_{1};
  std::shared_ptr<Stop> stop_;
  std::thread thread_;
};

// Runs `work` on the calling thread, with a loop of its own, until it has ended. For main(), commands and
// tests. Then calls `farewell`, before the loop goes: there join the threads that were asked to answer to
// this loop. An answer that was taken is not yet one that was given: its thread may be just about to leave
// the loop's own lock.
void run_here(const std::function<Task<void>(Executor)>& work, const std::function<void()>& farewell = {});

// The same on a loop that exists already: until `work` has ended, or the loop has run out of things to do.
// True when it ended; its exception comes out.
bool run_on_loop(boost::asio::io_context& loop, Task<void> work);

}  // namespace outrider::async
