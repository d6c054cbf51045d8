#include "agent/async/river.hpp"

#include <pthread.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace outrider::async {

struct River::Stop {
  boost::asio::cancellation_signal signal;
  bool ended = false;
};

River::River(std::string name) : name_(std::move(name)), stop_(std::make_shared<Stop>()) {}

River::~River() { join(); }

void River::start(Task<void> work, std::function<void(std::exception_ptr)> ended) {
  auto finish = [stop = stop_, ended = std::move(ended)](std::exception_ptr problem) {
    stop->ended = true;
    if (ended) ended(std::move(problem));
  };
  boost::asio::co_spawn(loop_, std::move(work),
                        boost::asio::bind_cancellation_slot(stop_->signal.slot(), std::move(finish)));
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    loop_.run();
  });
}

void River::cancel() {
  boost::asio::post(loop_, [stop = stop_] {
    if (!stop->ended) stop->signal.emit(boost::asio::cancellation_type::terminal);
  });
}

void River::join() {
  if (thread_.joinable()) thread_.join();
}

void run_here(const std::function<Task<void>(Executor)>& work, const std::function<void()>& farewell) {
  boost::asio::io_context loop{1};
  struct Last {
    const std::function<void()>& say;
    ~Last() {
      if (say) say();
    }
  } const last{farewell};
  run_on_loop(loop, work(loop.get_executor()));
}

bool run_on_loop(boost::asio::io_context& loop, Task<void> work) {
  bool ended = false;
  std::exception_ptr problem;
  boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr how) {
    ended = true;
    problem = std::move(how);
  });
  loop.restart();
  while (!ended && loop.run_one() > 0) {
  }
  if (problem) std::rethrow_exception(problem);
  return ended;
}

}  // namespace outrider::async
