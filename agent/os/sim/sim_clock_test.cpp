#include "agent/os/sim_clock.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"

#include <string>

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

core::Task<void> note_after(core::Clock& clock, core::Duration wait, std::string& notes, char note) {
  co_await clock.sleep(wait);
  notes += note;
}

}  // namespace

TEST(SimClock, WakesSleepersInOrderAndTiesInTheOrderAsked) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  async::Nursery nursery(loop.get_executor());
  std::string notes;
  nursery.start(note_after(clock, 2h, notes, 'c'));
  nursery.start(note_after(clock, 1h, notes, 'a'));
  nursery.start(note_after(clock, 1h, notes, 'b'));
  clock.advance(90min);
  EXPECT_EQ(notes, "ab");
  clock.advance(24h);
  EXPECT_EQ(notes, "abc");
  EXPECT_EQ(nursery.size(), 0u);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(SimClock, ACancelledSleeperLeavesNothingBehind) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  async::Nursery nursery(loop.get_executor());
  std::string notes;
  nursery.start(note_after(clock, 1h, notes, 'a'));
  clock.settle();
  nursery.cancel();
  clock.settle();
  EXPECT_EQ(notes, "");
  EXPECT_EQ(nursery.size(), 0u);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(SimClock, TheWallClockMayJumpWhileMonotonicTimeDoesNot) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  const auto now = clock.now();
  const auto wall = clock.wall();
  clock.jump_wall(-1h);
  EXPECT_EQ(clock.now(), now);
  EXPECT_EQ(clock.wall(), wall - 1h);
}

TEST(SimClock, ACoroutineCancelledBeforeItSleepsLeavesNoSleeperBehind) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  async::Nursery nursery(loop.get_executor());
  std::string notes;
  nursery.cancel();  // whoever is started from now on is cancelled before its first await
  nursery.start(note_after(clock, 1h, notes, 'a'));
  clock.settle();
  EXPECT_EQ(nursery.size(), 0u);
  EXPECT_EQ(clock.sleepers(), 0u);
  clock.advance(2h);
  EXPECT_EQ(notes, "");
}
