#include "agent/actuators/through/through.hpp"

#include "agent/actuators/seen_text.hpp"
#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class OneAnswer final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration) override {
    asked = request.method + " " + request.url;
    if (away) co_return core::fail(core::Errc::unavailable, "cannot connect: No such file or directory");
    co_return response;
  }
  bool away = false;
  net::Response response;
  std::string asked;
};

class Through : public testing::Test {
 protected:
  template <class T>
  core::Outcome<T> run(core::Task<core::Outcome<T>> task) {
    std::optional<core::Outcome<T>> outcome;
    auto work = [](core::Task<core::Outcome<T>> of,
                   std::optional<core::Outcome<T>>& into) -> core::Task<void> {
      into.emplace(co_await std::move(of));
    };
    async::Nursery nursery(loop.get_executor());
    nursery.start(work(std::move(task), outcome));
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
    return std::move(*outcome);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  OneAnswer other;
  Tools tools{clock, processes, &other};
  std::unique_ptr<Place> place = through::make_place(tools, {.name = "tests-api", .socket = "/run/a.sock"});
};

}  // namespace

TEST_F(Through, AsksForOneThingByItsName) {
  EXPECT_TRUE(run(place->restart()));
  EXPECT_EQ(other.asked, "POST unix:/run/a.sock:/v1/restart/tests-api");
  EXPECT_TRUE(run(place->signal(1)));
  EXPECT_EQ(other.asked, "POST unix:/run/a.sock:/v1/signal-1/tests-api");
}

TEST_F(Through, WhatWasSeenThereIsSeenHere) {
  Seen seen;
  seen.runs = true;
  seen.pid = 7;
  seen.identity = "ab";
  other.response.body = write_seen(seen);
  EXPECT_EQ(run(place->look())->identity, "ab");
  other.response.body = "hello";
  EXPECT_FALSE(run(place->look())) << "rubbish is unknown, never down";
}

TEST_F(Through, ANoIsQuotedAndSilenceIsUnknown) {
  other.response.status = 403;
  other.response.body = "restart of tests-api is not on the list for user 998";
  const auto refused = run(place->restart());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::denied);
  EXPECT_EQ(refused.error().what,
            "cannot restart tests-api: outrider-actuator says: restart of tests-api is not on the list for "
            "user 998");
  other.away = true;
  const auto away = run(place->look());
  ASSERT_FALSE(away);
  EXPECT_THAT(away.error().hint, HasSubstr("is outrider-actuator running"));
}
