#include "agent/actuators/docker/docker.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_processes.hpp"

#include <csignal>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::actuators;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

std::string inspection(const std::string& state, const std::string& policy = "no") {
  return R"({"Id":"4f1c","State":{)" + state + R"(},"HostConfig":{"RestartPolicy":{"Name":")" + policy +
         R"(","MaximumRetryCount":0}}})";
}
const std::string running =
    R"("Status":"running","Running":true,"Restarting":false,"Pid":77,"ExitCode":0,"StartedAt":"2026-01-01T00:00:00Z")";

// Answers by method and path; remembers what was asked.
class ScriptedEngine final : public net::Client {
 public:
  core::Task<core::Outcome<net::Response>> ask(net::Request request, core::Duration) override {
    asked.push_back(request.method + " " + request.url);
    if (away) co_return core::fail(core::Errc::not_found, "cannot connect: No such file");  // as net says it
    for (const auto& [part, response] : answers)
      if (asked.back().find(part) != std::string::npos) co_return response;
    co_return net::Response{404, {}, R"({"message":"page not found"})"};
  }
  bool away = false;
  std::map<std::string, net::Response> answers{
      {"/version", {200, {}, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"}}};
  std::vector<std::string> asked;
};

class Docker : public testing::Test {
 protected:
  core::Outcome<Seen> look() {
    std::optional<core::Outcome<Seen>> seen;
    auto work = [](Place& of, std::optional<core::Outcome<Seen>>& into) -> core::Task<void> {
      into = co_await of.look();
    };
    run(work(*place, seen));
    return seen.value_or(core::fail(core::Errc::internal, "it never answered"));
  }
  core::Outcome<> done(core::Task<core::Outcome<>> task) {
    core::Outcome<> outcome;
    auto work = [](core::Task<core::Outcome<>> of, core::Outcome<>& into) -> core::Task<void> {
      into = co_await std::move(of);
    };
    run(work(std::move(task), outcome));
    return outcome;
  }
  void run(core::Task<void> work) {
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(work));
    clock.advance(1min);
    ASSERT_EQ(nursery.size(), 0u);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  ScriptedEngine engine;
  Tools tools{clock, processes, &engine};
  std::unique_ptr<Place> place =
      docker::make_place(tools, {.container = "tests-api", .socket = "/run/d.sock"}, 7s);
};

}  // namespace

TEST_F(Docker, SpeaksTheNewestVersionThatBothKnow) {
  EXPECT_EQ(*docker::common_version(R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"), "1.41");
  EXPECT_EQ(*docker::common_version(R"({"ApiVersion":"1.99","MinAPIVersion":"1.44"})"), "1.47");
  EXPECT_EQ(*docker::common_version(R"({"ApiVersion":"1.30"})"), "1.30");
  const auto too_new = docker::common_version(R"({"ApiVersion":"2.10","MinAPIVersion":"2.0"})");
  ASSERT_FALSE(too_new);
  EXPECT_EQ(too_new.error().code, core::Errc::unsupported);
  EXPECT_FALSE(docker::common_version(R"({"ApiVersion":"1.9"})"));
  EXPECT_FALSE(docker::common_version("<html>"));
}

TEST_F(Docker, ARunningContainerIsSeenWithItsProcess) {
  engine.answers["/v1.41/containers/tests-api/json"] = {200, {}, inspection(running)};
  const auto seen = look();
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_TRUE(seen->runs);
  EXPECT_EQ(seen->pid, 77);
  EXPECT_EQ(seen->identity, "4f1c@2026-01-01T00:00:00Z");
  EXPECT_EQ(engine.asked[0], "GET unix:/run/d.sock:/version");
}

TEST_F(Docker, HowItEndedIsDockersOwnWord) {
  engine.answers["/json"] = {
      200, {}, inspection(R"("Status":"exited","Running":false,"OOMKilled":true,"ExitCode":137)")};
  const auto seen = look();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->runs);
  EXPECT_EQ(seen->how.code, 137);
  EXPECT_TRUE(seen->how.out_of_memory);
  EXPECT_EQ(seen->sentence, "is exited: it exited with code 137, out of memory");
}

TEST_F(Docker, WhatItRestartsByItselfComesBack) {
  engine.answers["/json"] = {
      200,
      {},
      inspection(R"("Status":"restarting","Running":true,"Restarting":true,"ExitCode":1)", "always")};
  const auto seen = look();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->runs);
  EXPECT_TRUE(seen->comes_back);
  EXPECT_EQ(place->manager(), "docker (its restart policy is always)");
}

TEST_F(Docker, AContainerThatIsNotThereIsGoneAndCannotBeStarted) {
  engine.answers["/json"] = {404, {}, R"({"message":"No such container: tests-api"})"};
  engine.answers["/start"] = engine.answers["/json"];
  const auto seen = look();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->runs);
  const auto started = done(place->start());
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().what,
              HasSubstr("cannot start container tests-api: docker answers 404: No such container"));
  EXPECT_THAT(started.error().hint, HasSubstr("not outrider's work"));
}

TEST_F(Docker, AnEngineThatIsAwayOrTalksRubbishIsUnknown) {
  engine.away = true;
  EXPECT_FALSE(look());
  engine.away = false;
  for (const char* rubbish : {"", "{}", "[1,2", "{\"State\":7}", "{\"Id\":\"x\",\"State\":{}}"}) {
    engine.answers["/json"] = {200, {}, rubbish};
    EXPECT_FALSE(look()) << rubbish;
  }
  engine.answers["/json"] = {500, {}, std::string(5000, 'x')};
  const auto broken = look();
  ASSERT_FALSE(broken);
  EXPECT_LT(broken.error().what.size(), 500u);
}

TEST_F(Docker, StopLeavesTheKillToSupervise) {
  engine.answers["/stop"] = {204, {}, ""};
  engine.answers["/kill"] = {204, {}, ""};
  engine.answers["/start"] = {304, {}, ""};
  EXPECT_TRUE(done(place->stop()));
  EXPECT_THAT(engine.asked.back(), HasSubstr("/v1.41/containers/tests-api/stop?t=12"));
  EXPECT_TRUE(done(place->kill()));
  EXPECT_THAT(engine.asked.back(), HasSubstr("kill?signal=KILL"));
  EXPECT_TRUE(done(place->signal(SIGHUP)));
  EXPECT_THAT(engine.asked.back(), HasSubstr("kill?signal=1"));
  EXPECT_TRUE(done(place->start())) << "that it runs already is no error";
}

TEST_F(Docker, WhoMayNotEndItIsToldSoForGood) {
  engine.answers["/kill"] = {403, {}, R"({"message":"authorization denied by plugin"})"};
  const auto refused = done(place->kill());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::denied);
  EXPECT_THAT(refused.error().what, HasSubstr("authorization denied by plugin"));
}
