#include "agent/async/executor.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace outrider::async {

void throw_cancelled() { throw boost::system::system_error(boost::asio::error::operation_aborted); }

bool is_cancellation(std::exception_ptr problem) {
  if (!problem) return false;
  try {
    std::rethrow_exception(problem);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void post(const Executor& river, std::function<void()> job) { boost::asio::post(river, std::move(job)); }

Task<void> yield_turn() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
}

}  // namespace outrider::async
