#include "agent/net/sim_net.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/sim_clock.hpp"

#include <optional>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::net;
using namespace std::chrono_literals;

namespace {

struct Simulated : ::testing::Test {
  Simulated() {
    net.add_host("10.0.0.1:80", [](const Call& call) {
      Response response;
      response.body = call.method + " " + call.path;
      return response;
    });
  }

  core::Task<void> ask(std::string url, core::Duration limit) {
    Request request;
    request.url = std::move(url);
    answer = co_await client->ask(request, limit);
    ended = clock.now();
  }
  core::Task<void> touch(core::Duration limit) {
    const auto outcome = co_await dialer->touch("10.0.0.1:80", limit);
    touched = outcome ? "ok" : outcome.error().what;
  }

  // What came of asking, in virtual time.
  std::string outcome_of_asking() {
    begun = clock.now();
    answer.reset();
    nursery.start(ask("http://10.0.0.1/x", 1s));
    clock.advance(10s);
    if (!answer) return "nothing";
    return *answer ? std::to_string((*answer)->status) + " " + (*answer)->body : (*answer).error().what;
  }
  std::string outcome_of_touching() {
    nursery.start(touch(1s));
    clock.advance(10s);
    return touched;
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  SimNet net{clock};
  std::unique_ptr<Client> client = net.make_client();
  std::unique_ptr<Dialer> dialer = net.make_dialer();
  async::Nursery nursery{loop.get_executor()};
  std::optional<core::Outcome<Response>> answer;
  std::string touched;
  core::Instant begun{};
  core::Instant ended{};
};

}  // namespace

TEST_F(Simulated, AHostAnswersAfterItsLatency) {
  EXPECT_EQ(outcome_of_asking(), "200 GET /x");
  EXPECT_EQ(ended - begun, 1ms);
  EXPECT_EQ(outcome_of_touching(), "ok");
  EXPECT_EQ(net.asked("10.0.0.1:80"), 2u);
}

TEST_F(Simulated, FaultsSoundLikeTheRealOnes) {
  const std::string connect = "cannot connect to 10.0.0.1:80: ";
  const std::string read = "cannot read from 10.0.0.1:80: ";
  const auto with = [&](Trouble trouble) {
    Fault fault;
    fault.trouble = trouble;
    net.set_fault("10.0.0.1:80", fault);
    return outcome_of_asking();
  };
  EXPECT_EQ(with(Trouble::refuse), connect + "Connection refused");
  EXPECT_EQ(outcome_of_touching(), connect + "Connection refused");
  EXPECT_EQ(with(Trouble::hang), read + "no answer within 1s");
  EXPECT_EQ(ended - begun, 1s);
  EXPECT_EQ(outcome_of_touching(), "ok");
  EXPECT_EQ(with(Trouble::partition), connect + "no answer within 1s");
  EXPECT_EQ(outcome_of_touching(), connect + "no answer within 1s");
  EXPECT_EQ(with(Trouble::garbage), read + "what came is not HTTP: bad version");
  EXPECT_EQ(with(Trouble::cut), read + "the connection was closed in the middle of the answer");
  EXPECT_EQ(with(Trouble::status), "503 ");
  EXPECT_EQ(with(Trouble::none), "200 GET /x");
}

TEST_F(Simulated, ASlowHostIsSlowerByItsDelay) {
  net.set_fault("10.0.0.1:80", {Trouble::slow, 300ms, 503});
  EXPECT_EQ(outcome_of_asking(), "200 GET /x");
  EXPECT_EQ(ended - begun, 301ms);
}

TEST_F(Simulated, AHostThatIsNotThereRefuses) {
  net.remove_host("10.0.0.1:80");
  EXPECT_EQ(outcome_of_asking(), "cannot connect to 10.0.0.1:80: Connection refused");
}
