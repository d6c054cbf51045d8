#include "agent/app/carry/pulse.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;

TEST(Pulse, ARiverThatStopsTickingIsNotTurning) {
  boost::asio::io_context loop;
  os::SimClock clock(loop);
  prometheus::Registry registry;
  app::Pulse pulse(clock, "decide", registry);
  async::Nursery nursery(loop.get_executor());
  nursery.start(pulse.run());
  clock.advance(10s);
  EXPECT_TRUE(pulse.status().turning);
  nursery.cancel();
  clock.advance(4s);
  EXPECT_TRUE(pulse.status().turning);
  clock.advance(2s);
  EXPECT_FALSE(pulse.status().turning);
}
