#include "agent/async/across.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::async::detail {

Task<void> run_across(Executor river, Task<void> work) {
  std::exception_ptr problem;
  // No cancellation slot crosses the rivers: a signal may only be emitted on the thread that waits for it.
  auto begin = [&river, &work, &problem](auto handler) {
    const auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    boost::asio::co_spawn(river, std::move(work), [shared, &problem](std::exception_ptr how) {
      problem = std::move(how);
      const auto home = boost::asio::get_associated_executor(*shared);
      boost::asio::post(home, [shared] { std::move (*shared)(); });
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      begin, boost::asio::use_awaitable);
  if (problem) std::rethrow_exception(problem);
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none) throw_cancelled();
}

}  // namespace outrider::async::detail
