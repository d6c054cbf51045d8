#include "agent/os/signals.hpp"

#include <csignal>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

namespace outrider::os {
namespace {

class RealSignals final : public Signals {
 public:
  explicit RealSignals(const async::Executor& executor) : set_(executor) {}

  core::Outcome<> add(int number) {
    boost::system::error_code trouble;
    set_.add(number, trouble);
    if (!trouble) return {};
    return core::fail(
        core::system_error(fmt::format("cannot catch {}", signal_name(number)), trouble.value()));
  }

  core::Task<int> next() override { co_return co_await set_.async_wait(boost::asio::use_awaitable); }

 private:
  boost::asio::signal_set set_;
};

}  // namespace

core::Outcome<std::unique_ptr<Signals>> make_signals(const async::Executor& executor,
                                                     const std::vector<int>& numbers) {
  auto signals = std::make_unique<RealSignals>(executor);
  for (const int number : numbers) {
    if (core::Outcome<> added = signals->add(number); !added) return core::fail(added.error());
  }
  return signals;
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace outrider::os
