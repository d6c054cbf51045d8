#include "agent/probes/tcp/tcp_probe.hpp"

#include "agent/async/nursery.hpp"
#include "agent/net/sim_net.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace std::chrono_literals;
using core::Standing;

namespace {

// Gives one answer to every call; the simulated net cannot be short of descriptors.
class OneAnswer final : public net::Dialer {
 public:
  explicit OneAnswer(core::Outcome<> answer) : answer_(std::move(answer)) {}
  core::Task<core::Outcome<>> touch(std::string, core::Duration) override { co_return answer_; }

 private:
  core::Outcome<> answer_;
};

class TcpProbe : public testing::Test {
 protected:
  core::Answer ask(const std::string& address, net::Dialer& dialer, core::Duration limit = 1s) {
    const probes::Tools tools{clock_, *pool_, *client_, dialer, processes_};
    const auto probe = probes::tcp::make_probe(address, tools);
    EXPECT_EQ(probe->target(), address);
    core::Answer answer{Standing::unknown, "never answered", {}};
    async::Nursery nursery(loop_.get_executor());
    nursery.start(note(*probe, limit, answer));
    clock_.advance(limit + 1ms);
    EXPECT_EQ(nursery.size(), 0u) << "it did not answer within its limit";
    nursery.cancel();
    clock_.settle();
    return answer;
  }

  core::Answer ask_after(const std::string& address, core::Error error) {
    OneAnswer dialer{core::fail(std::move(error))};
    return ask(address, dialer);
  }

  static core::Task<void> note(probes::Probe& probe, core::Duration limit, core::Answer& answer) {
    answer = co_await probe.ask(limit);
  }

  boost::asio::io_context loop_;
  os::SimClock clock_{loop_};
  std::unique_ptr<core::Random> random_ = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool_ = async::make_inline_pool(loop_.get_executor());
  net::SimNet net_{clock_};
  std::unique_ptr<net::Client> client_ = net_.make_client();
  std::unique_ptr<net::Dialer> dialer_ = net_.make_dialer();
  os::SimProcesses processes_{loop_.get_executor(), clock_, *random_};
};

}  // namespace

TEST_F(TcpProbe, AnAcceptedConnectionIsOk) {
  net_.add_host("db:5432", [](const net::Call&) { return net::Response{}; });
  EXPECT_EQ(ask("db:5432", *dialer_).standing, Standing::ok);
}

TEST_F(TcpProbe, RefusedIsNotOk) {
  net_.add_host("db:5432", [](const net::Call&) { return net::Response{}; });
  net_.set_fault("db:5432", {net::Trouble::refuse, {}, 0});
  EXPECT_EQ(ask("db:5432", *dialer_).standing, Standing::not_ok);
}

TEST_F(TcpProbe, VanishedPacketsAreNotOkAtTheLimit) {
  net_.add_host("db:5432", [](const net::Call&) { return net::Response{}; });
  net_.set_fault("db:5432", {net::Trouble::partition, {}, 0});
  const core::Answer answer = ask("db:5432", *dialer_, 2s);
  EXPECT_EQ(answer.standing, Standing::not_ok);
  EXPECT_LE(answer.took, 2s);
}

TEST_F(TcpProbe, WantOfDescriptorsIsOurTrouble) {
  EXPECT_EQ(ask_after("db:5432", {core::Errc::exhausted, "cannot connect: too many open files"}).standing,
            Standing::unknown);
}

TEST_F(TcpProbe, ANameThatDoesNotResolveIsUnknownAMissingSocketIsNot) {
  EXPECT_EQ(ask_after("nowhere:1", {core::Errc::not_found, "cannot resolve nowhere"}).standing,
            Standing::unknown);
  EXPECT_EQ(ask_after("unix:/run/x.sock", {core::Errc::not_found, "no such file"}).standing,
            Standing::not_ok);
}
