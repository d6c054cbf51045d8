// Simulated signals: a test delivers them.
#pragma once

#include "agent/async/channel.hpp"
#include "agent/os/signals.hpp"

namespace outrider::os {

class SimSignals final : public Signals {
 public:
  explicit SimSignals(const async::Executor& executor) : arrived_(executor, {.weight = 64}) {}

  core::Task<int> next() override {
    const std::optional<int> number = co_await arrived_.receive();
    if (!number) async::throw_cancelled();
    co_return *number;
  }

  void deliver(int number) { (void)arrived_.try_send(number); }

 private:
  async::Channel<int> arrived_;
};

}  // namespace outrider::os
