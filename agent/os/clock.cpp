#include "agent/os/clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace outrider::os {
namespace {

class RealClock final : public core::Clock {
 public:
  core::Instant now() const override { return std::chrono::steady_clock::now(); }
  core::WallTime wall() const override { return std::chrono::system_clock::now(); }

  core::Task<void> sleep_until(core::Instant when) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }

  core::Task<bool> doze_until(core::Instant when) override {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
    const auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return !error;
  }
};

}  // namespace

std::unique_ptr<core::Clock> make_clock() { return std::make_unique<RealClock>(); }

}  // namespace outrider::os
