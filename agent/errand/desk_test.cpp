#include "agent/errand/desk.hpp"

#include "agent/actuators/elsewhere.hpp"
#include "agent/actuators/seen_text.hpp"
#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::errand;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

struct Did {
  std::vector<std::string> all;
  bool is_denied = false;
  core::Duration takes{};
};

class NotedPlace final : public actuators::Place {
 public:
  NotedPlace(core::Clock& clock, Did& did) : clock_(clock), did_(did) {}
  core::Task<core::Outcome<actuators::Seen>> look() override {
    did_.all.emplace_back("look");
    actuators::Seen seen;
    seen.runs = true;
    seen.pid = 7;
    co_return seen;
  }
  core::Task<void> news() override { co_return; }
  core::Task<core::Outcome<>> start() override { return note("start"); }
  core::Task<core::Outcome<>> stop() override { return note("stop"); }
  core::Task<core::Outcome<>> kill() override { return note("kill"); }
  core::Task<core::Outcome<>> signal(int number) override { return note("signal " + std::to_string(number)); }
  std::string target() const override { return "it"; }
  std::string manager() const override { return "somebody"; }

 private:
  core::Task<core::Outcome<>> note(std::string what) {
    did_.all.push_back(std::move(what));
    if (did_.takes > core::Duration::zero()) co_await clock_.sleep(did_.takes);
    if (did_.is_denied) co_return core::fail(core::Errc::denied, "cannot: systemd says no");
    co_return core::Outcome<>();
  }
  core::Clock& clock_;
  Did& did_;
};

class KeptJournal final : public core::Journal {
 public:
  std::vector<std::string> lines;
  bool is_full = false;

  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    if (is_full) co_return core::fail(core::Errc::exhausted, "no space left on device");
    lines.push_back(deed.actor + " " + deed.action + " " + deed.target + ": " + deed.reason);
    co_return lines.size();
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t intent, bool succeeded, std::string result) override {
    lines.push_back(std::to_string(intent) + (succeeded ? " succeeded: " : " failed: ") + result);
    co_return core::Outcome<>();
  }
};

class DeskTest : public testing::Test {
 protected:
  DeskTest() {
    Grant grant;
    grant.name = "tests-api";
    grant.uid = 998;
    grant.kind = "systemd";
    grant.most = {4, 1h};
    grant.make = [this](const actuators::Tools& tools, const actuators::Surroundings&) {
      return actuators::make_elsewhere(tools, std::make_unique<NotedPlace>(clock, did));
    };
    grant.may = {Verb::restart, Verb::signal};
    settings.allow = {grant};
    grant.name = "worker";
    grant.may = {Verb::start, Verb::stop, Verb::kill};
    settings.allow.push_back(grant);
    desk = std::make_unique<Desk>(settings, Tools{clock, log, journal, {clock, processes}});
  }

  static net::Call call(const std::string& path, const std::string& peer = "pid 4711 uid 998") {
    net::Call made;
    made.method = "POST";
    made.path = path;
    made.peer = peer;
    made.local_socket = true;
    return made;
  }

  int ask(net::Call question) {
    auto work = [](Desk& of, net::Call what, net::Response& into) -> core::Task<void> {
      into = co_await of.serve(std::move(what));
    };
    async::Nursery nursery(loop.get_executor());
    nursery.start(work(*desk, std::move(question), response));
    clock.advance(1min);
    EXPECT_EQ(nursery.size(), 0u);
    return response.status;
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  KeptJournal journal;
  os::CapturedLog log;
  Did did;
  Settings settings;
  std::unique_ptr<Desk> desk;
  net::Response response;
};

}  // namespace

TEST_F(DeskTest, DoesWhatIsOnItsListAndWritesItDown) {
  EXPECT_EQ(ask(call("/v1/restart/tests-api")), 200);
  EXPECT_THAT(did.all, ElementsAre("stop", "start"));
  EXPECT_THAT(journal.lines,
              ElementsAre("pid 4711 uid 998 restart tests-api: asked for, and on the list: systemd",
                          StartsWith("1 succeeded: done in ")));
}

TEST_F(DeskTest, LooksForWhoeverMayAnything) {
  EXPECT_EQ(ask(call("/v1/look/tests-api")), 200);
  EXPECT_EQ(actuators::read_seen(response.body)->pid, 7);
  EXPECT_THAT(journal.lines, IsEmpty()) << "a look is no errand";
}

TEST_F(DeskTest, AWrongPeerGetsNothing) {
  for (const char* peer : {"pid 4711 uid 997", "pid 4711 uid 0", "127.0.0.1:998", "uid 998", "",
                           "pid 1 uid x", "pid 1 uid 998x", "pid 1 uid -998"}) {
    EXPECT_EQ(ask(call("/v1/restart/tests-api", peer)), 403) << peer;
  }
  net::Call over_tcp = call("/v1/restart/tests-api");
  over_tcp.local_socket = false;
  EXPECT_EQ(ask(over_tcp), 403);
  EXPECT_THAT(did.all, IsEmpty());
}

TEST_F(DeskTest, WhatIsNotOnTheListIsRefusedAndWrittenDown) {
  EXPECT_EQ(ask(call("/v1/stop/tests-api")), 403) << "it may be restarted, not stopped";
  EXPECT_EQ(ask(call("/v1/restart/worker")), 403);
  EXPECT_EQ(ask(call("/v1/restart/postgresql")), 403);
  EXPECT_THAT(did.all, IsEmpty());
  EXPECT_THAT(journal.lines,
              testing::Contains("1 failed: stop of tests-api is not on the list for user 998"));
}

TEST_F(DeskTest, RubbishIsRefused) {
  for (const char* path :
       {"/", "", "/v1/", "/v1/restart", "/v1/restart/", "/v1/restart/../x", "/v1/restart/a b",
        "/v1/burn/tests-api", "/v2/restart/tests-api", "/v1/restart/tests-api/more", "/v1/signal-0/tests-api",
        "/v1/signal-65/tests-api", "/v1/signal-/tests-api", "/v1/signal--9/tests-api"}) {
    EXPECT_EQ(ask(call(path)), 400) << path;
  }
  net::Call reading = call("/v1/restart/tests-api");
  reading.method = "GET";
  EXPECT_EQ(ask(reading), 400);
  EXPECT_THAT(did.all, IsEmpty());
}

TEST_F(DeskTest, ASignalIsANumber) {
  EXPECT_EQ(ask(call("/v1/signal-1/tests-api")), 200);
  EXPECT_THAT(did.all, ElementsAre("signal 1"));
}

TEST_F(DeskTest, WhatFailsIsSaidAndWrittenDown) {
  did.is_denied = true;
  EXPECT_EQ(ask(call("/v1/kill/worker")), 502);
  EXPECT_EQ(response.body, "cannot: systemd says no");
  EXPECT_THAT(journal.lines.back(), HasSubstr("cannot: systemd says no"));
  EXPECT_THAT(journal.lines.back(), StartsWith("1 failed: "));
}

TEST_F(DeskTest, TheSameTwiceAtOnceIsOnce) {
  did.takes = 10s;
  net::Response first, second;
  auto work = [](Desk& of, net::Call what, net::Response& into) -> core::Task<void> {
    into = co_await of.serve(std::move(what));
  };
  async::Nursery nursery(loop.get_executor());
  nursery.start(work(*desk, call("/v1/stop/worker"), first));
  nursery.start(work(*desk, call("/v1/stop/worker"), second));
  clock.advance(1min);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 409);
  EXPECT_THAT(did.all, ElementsAre("stop"));
  EXPECT_EQ(ask(call("/v1/stop/worker")), 200) << "it is over";
}

TEST_F(DeskTest, NothingThatRunsIsTakenDownUnwritten) {
  journal.is_full = true;
  EXPECT_EQ(ask(call("/v1/stop/worker")), 500);
  EXPECT_THAT(did.all, IsEmpty());
  EXPECT_EQ(ask(call("/v1/start/worker")), 200) << "what is down is not kept down by a full disk";
}

TEST_F(DeskTest, NobodyGetsMoreThanTheListAllowsInItsTime) {
  for (int time = 0; time < 4; ++time) EXPECT_EQ(ask(call("/v1/stop/worker")), 200);
  EXPECT_EQ(ask(call("/v1/stop/worker")), 429);
  EXPECT_EQ(ask(call("/v1/kill/worker")), 429) << "another verb is no way around";
  EXPECT_EQ(response.body, "no more than 4 per 1h of worker are on the list");
  EXPECT_EQ(ask(call("/v1/restart/tests-api")), 200) << "each service has its own";
  clock.advance(1h);
  EXPECT_EQ(ask(call("/v1/stop/worker")), 200);
  EXPECT_EQ(did.all.size(), 4u + 2u + 1u);
}

TEST_F(DeskTest, LooksAreBoundedToo) {
  int refused = 0;
  auto work = [](Desk& of, net::Call what, int& count) -> core::Task<void> {
    const net::Response heard = co_await of.serve(std::move(what));
    if (heard.status == 429) ++count;
  };
  async::Nursery nursery(loop.get_executor());
  for (int time = 0; time < 150; ++time) nursery.start(work(*desk, call("/v1/look/worker"), refused));
  clock.advance(1s);
  EXPECT_EQ(refused, 50);
  EXPECT_EQ(did.all.size(), 100u);
}

TEST_F(DeskTest, AFloodOfRefusalsFillsNoDiskAndIsCounted) {
  auto work = [](Desk& of, net::Call what) -> core::Task<void> { (void)co_await of.serve(std::move(what)); };
  async::Nursery nursery(loop.get_executor());
  for (int time = 0; time < 1000; ++time) nursery.start(work(*desk, call("/v1/kill/tests-api")));
  clock.advance(2min);
  EXPECT_EQ(journal.lines.size(), 2u * 60u);
  EXPECT_EQ(ask(call("/v1/kill/tests-api")), 403);
  EXPECT_THAT(journal.lines,
              testing::Contains(HasSubstr("940 refusals before this one were not written down")));
  EXPECT_THAT(did.all, IsEmpty());
}

TEST_F(DeskTest, WhatNeverEndsIsGivenUpAndWrittenDown) {
  did.takes = 24h;
  async::Nursery nursery(loop.get_executor());
  auto work = [](Desk& of, net::Call what, net::Response& into) -> core::Task<void> {
    into = co_await of.serve(std::move(what));
  };
  nursery.start(work(*desk, call("/v1/stop/worker"), response));
  clock.advance(longest_errand + 1s);
  EXPECT_EQ(response.status, 504);
  EXPECT_THAT(journal.lines.back(), HasSubstr("took longer than 10m"));
}
