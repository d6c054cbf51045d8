#include "agent/async/timer_call.hpp"

#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace outrider::async {
namespace {

class TimerCall final : public core::DueCall {
 public:
  TimerCall(Executor river, core::Instant when, std::function<void()> what)
      : timer_(std::move(river), when), what_(std::make_shared<std::function<void()>>(std::move(what))) {
    // A timer that has run out can no longer be cancelled: then only this tells that nobody wants the call.
    timer_.async_wait([wanted = std::weak_ptr(what_)](const boost::system::error_code& problem) {
      const auto still_wanted = wanted.lock();
      if (!problem && still_wanted) (*still_wanted)();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> what_;
};

}  // namespace

std::unique_ptr<core::DueCall> call_by_timer(Executor river, core::Instant when, std::function<void()> what) {
  return std::make_unique<TimerCall>(std::move(river), when, std::move(what));
}

}  // namespace outrider::async
