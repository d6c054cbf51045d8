// What the tests of this shelf share: a virtual clock, net and processes, and one question at a time.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/net/streams/sim_streams.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_machine.hpp"
#include "agent/os/sim_processes.hpp"
#include "agent/probes/shelf.hpp"

#include <chrono>
#include <memory>

#include <gtest/gtest.h>

namespace outrider::probes::testing {

class ProbeTest : public ::testing::Test {
 protected:
  // Its answer; a failure of the test when it takes longer than it may.
  core::Answer ask(Probe& probe, core::Duration limit) {
    core::Answer answer{core::Standing::unknown, "never answered", {}};
    async::Nursery nursery(loop_.get_executor());
    nursery.start(note(probe, limit, answer));
    clock_.advance(limit + std::chrono::milliseconds(1));
    EXPECT_EQ(nursery.size(), 0u) << "it did not answer within its limit";
    nursery.cancel();
    clock_.settle();
    return answer;
  }

  boost::asio::io_context loop_;
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  net::SimNet net_{clock_};
  std::unique_ptr<net::Client> client_ = net_.make_client();
  std::unique_ptr<net::Dialer> dialer_ = net_.make_dialer();
  os::SimProcesses processes_{loop_.get_executor(), clock_, *random_};
  net::SimStreams streams_{clock_, loop_.get_executor()};
  bool calls_hang_ = false;
  std::unique_ptr<async::SlowCalls> slow_ = async::make_inline_slow_calls(loop_.get_executor(), &calls_hang_);
  std::shared_ptr<os::SimMachine> machine_ = std::make_shared<os::SimMachine>();
  Tools tools_{clock_, *pool_, *client_, *dialer_, processes_, streams_, *slow_, machine_};

 private:
  static core::Task<void> note(Probe& probe, core::Duration limit, core::Answer& answer) {
    answer = co_await probe.ask(limit);
  }
};

}  // namespace outrider::probes::testing
