#include "agent/async/bell.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::async {
namespace {

using boost::asio::cancellation_type;

// The waiter's own cancellation, while its wait listens to another signal.
class Forwarded {
 public:
  Forwarded(boost::asio::cancellation_slot from, boost::asio::cancellation_signal& to) : from_(from) {
    if (from_.is_connected()) from_.assign([&to](cancellation_type type) { to.emit(type); });
  }
  Forwarded(const Forwarded&) = delete;
  Forwarded& operator=(const Forwarded&) = delete;
  ~Forwarded() { from_.clear(); }

 private:
  boost::asio::cancellation_slot from_;
};

}  // namespace

Task<void> Bell::wait() {
  (void)co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != cancellation_type::none) throw_cancelled();
}

Task<bool> Bell::wait_until(core::Clock& clock, core::Instant when) {
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  const Executor river = co_await boost::asio::this_coro::executor;
  bool is_time = false;
  boost::asio::cancellation_signal give_up;
  {
    const Forwarded forwarded(cancellation.slot(), give_up);
    const auto due = clock.call_at(river, when, [&is_time, &give_up] {
      is_time = true;
      give_up.emit(cancellation_type::terminal);
    });
    (void)co_await timer_.async_wait(boost::asio::bind_cancellation_slot(
        give_up.slot(), boost::asio::as_tuple(boost::asio::use_awaitable)));
  }
  if (cancellation.cancelled() != cancellation_type::none) throw_cancelled();
  co_return !is_time;
}

}  // namespace outrider::async
