#include "agent/os/signals.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/sim_signals.hpp"

#include <csignal>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;
using namespace std::chrono_literals;

TEST(Signals, ArriveInOrderAndNoneIsLostBetweenTwoCalls) {
  async::run_here([](const async::Executor& river) -> core::Task<void> {
    const auto signals = make_signals(river, {SIGTERM, SIGHUP, SIGUSR1});
    EXPECT_TRUE(signals.has_value());
    std::raise(SIGHUP);
    std::raise(SIGTERM);
    EXPECT_EQ(co_await (*signals)->next(), SIGHUP);
    std::raise(SIGUSR1);
    EXPECT_EQ(co_await (*signals)->next(), SIGTERM);
    EXPECT_EQ(co_await (*signals)->next(), SIGUSR1);
  });
}

TEST(Signals, AWaitCanBeCancelledAndGoesOnAfterwards) {
  async::run_here([](const async::Executor& river) -> core::Task<void> {
    const auto clock = make_clock();
    const auto signals = make_signals(river, {SIGUSR2});
    const auto none = co_await async::with_deadline(*clock, 5ms, (*signals)->next());
    EXPECT_FALSE(none.has_value());
    std::raise(SIGUSR2);
    EXPECT_EQ(co_await (*signals)->next(), SIGUSR2);
  });
}

TEST(Signals, WhatCannotBeCaughtIsRefused) {
  async::run_here([](const async::Executor& river) -> core::Task<void> {
    const auto signals = make_signals(river, {SIGKILL});
    EXPECT_FALSE(signals.has_value());
    EXPECT_EQ(signals.error().what, "cannot catch SIGKILL: Invalid argument");
    co_return;
  });
}

TEST(Signals, HaveNames) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
  EXPECT_EQ(signal_name(200), "signal 200");
}

TEST(SimSignals, AreDeliveredByTheTest) {
  async::run_here([](const async::Executor& river) -> core::Task<void> {
    SimSignals signals(river);
    signals.deliver(SIGTERM);
    signals.deliver(SIGINT);
    EXPECT_EQ(co_await signals.next(), SIGTERM);
    EXPECT_EQ(co_await signals.next(), SIGINT);
  });
}
