#include "agent/probes/tcp/tcp_probe.hpp"

#include "agent/probes/test_kit.hpp"

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

class TcpProbe : public probes::testing::ProbeTest {
 protected:
  core::Answer ask(const std::string& address, net::Dialer& dialer, core::Duration limit = 1s) {
    const probes::Tools tools{clock_, *pool_, *client_, dialer, processes_, streams_, *slow_, machine_};
    const auto probe = probes::tcp::make_probe(address, tools);
    EXPECT_EQ(probe->target(), address);
    return ProbeTest::ask(*probe, limit);
  }

  core::Answer ask_after(const std::string& address, core::Error error) {
    OneAnswer dialer{core::fail(std::move(error))};
    return ask(address, dialer);
  }
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
