#include "agent/async/bell.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::async {

Task<void> Bell::wait() {
  const bool rang = co_await listen();
  if (!rang) throw_cancelled();
}

Task<bool> Bell::listen() {
  (void)co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  co_return cancellation.cancelled() == boost::asio::cancellation_type::none;
}

}  // namespace outrider::async
