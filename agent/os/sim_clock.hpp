// Virtual time. It stands still while any coroutine can run, then jumps to the next sleeper.
// Equal instants wake in the order in which they were asked for, so that a seed repeats a run exactly.
#pragma once

#include "agent/core/clock.hpp"

#include <cstdint>
#include <map>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace outrider::os {

class SimClock final : public core::Clock {
 public:
  explicit SimClock(boost::asio::io_context& loop) : loop_(loop) {}

  core::Instant now() const override { return now_; }
  core::WallTime wall() const override { return wall_epoch_ + (now_ - core::Instant{}); }
  core::Task<void> sleep_until(core::Instant when) override;
  std::unique_ptr<core::DueCall> call_at(boost::asio::any_io_executor river, core::Instant when,
                                         std::function<void()> what) override;

  // Lets everything run that can run without time passing.
  void settle();

  // Lets `length` pass, waking sleepers in order.
  void advance(core::Duration length) { advance_to(now_ + length); }
  void advance_to(core::Instant end);

  // Moves the wall clock only, as an administrator or NTP would.
  void jump_wall(core::Duration by) { wall_epoch_ += by; }

  std::size_t sleepers() const { return sleepers_.size(); }

 private:
  class Sleeper;
  class Call;
  boost::asio::io_context& loop_;
  core::Instant now_{};
  core::WallTime wall_epoch_{std::chrono::seconds(1'700'000'000)};
  std::uint64_t sequence_ = 0;
  std::map<std::pair<core::Instant, std::uint64_t>, std::function<void()>> sleepers_;  // and what wakes them
};

}  // namespace outrider::os
