// For tests: the health of one service on virtual time, with probes that answer what the test says.
#pragma once

#include "agent/async/nursery.hpp"
#include "agent/health/health.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace outrider::health {

// What a scripted probe says; the test changes it while the loop runs.
struct Script {
  core::Standing says = core::Standing::ok;
  core::Duration takes{};
  core::Sign sign = core::Sign::nothing;
  unsigned asked = 0;
  unsigned at_once = 0, most_at_once = 0;
};

class ScriptedProbe final : public probes::Probe {
 public:
  ScriptedProbe(Script& script, core::Clock& clock) : script_(script), clock_(clock) {}
  core::Task<core::Answer> ask(core::Duration) override {
    ++script_.asked;
    script_.most_at_once = std::max(script_.most_at_once, ++script_.at_once);
    struct Leave {
      Script& script;
      ~Leave() { --script.at_once; }
    } const leave{script_};
    core::Answer answer;
    answer.standing = script_.says;
    answer.detail = answer.standing == core::Standing::ok ? "HTTP 200" : "HTTP 503";
    answer.took = script_.takes;
    answer.sign = script_.sign;
    if (script_.takes > std::chrono::seconds(0)) co_await clock_.sleep(script_.takes);
    co_return answer;
  }
  std::string target() const override { return "http://127.0.0.1:8080/healthz"; }

 private:
  Script& script_;
  core::Clock& clock_;
};

struct MemoryEvents final : core::EventSink {
  void record(core::EventKind, std::string, std::string sentence) override { text += sentence + "\n"; }
  std::string text;
};

class HealthTest : public ::testing::Test {
 protected:
  ProbeSetup setup(std::string name, Script& script, core::Duration every, bool dependency = false) {
    ProbeSetup made;
    made.name = std::move(name);
    made.kind = "http";
    made.probe = std::make_unique<ScriptedProbe>(script, clock);
    made.every = every;
    made.dependency = dependency;
    made.policy.warm_up = std::chrono::seconds(10);
    return made;
  }

  void begin(std::vector<ProbeSetup> probes) {
    const Tools tools{loop.get_executor(), clock, *random, registry, events, log};
    health = std::make_unique<Health>(
        "tests-api", std::move(probes), tools, [this](const core::ServiceVerdict& verdict) {
          const std::string by = verdict.explained_by();
          told.push_back(std::string(core::name_of(verdict.state)) + (by.empty() ? "" : " by " + by));
        });
    nursery.start(health->run());
    clock.settle();
  }

  void begin_with_one() {
    std::vector<ProbeSetup> probes;
    probes.push_back(setup("ready", ready, std::chrono::seconds(5)));
    begin(std::move(probes));
  }

  void begin_with_database() {
    std::vector<ProbeSetup> probes;
    probes.push_back(setup("ready", ready, std::chrono::seconds(1)));
    probes.push_back(setup("database", database, std::chrono::minutes(1), true));
    begin(std::move(probes));
  }

  ProbeSetup of_role(Role role, std::string name, Script& script, std::uint32_t fail_after = 3) {
    ProbeSetup made = setup(std::move(name), script, std::chrono::seconds(1));
    made.role = role;
    made.policy.warm_up = std::chrono::seconds(0);
    made.policy.fail_after = fail_after;
    return made;
  }

  ProbeSetup kept(std::string name) {
    ProbeSetup made;
    made.name = std::move(name);
    made.policy.warm_up = std::chrono::seconds(10);
    return made;
  }

  // A reload, as app asks for it.
  void reconfigure(std::vector<ProbeSetup> probes) {
    auto work = [](Health& of, std::vector<ProbeSetup> wanted) -> core::Task<void> {
      co_await of.reconfigure(std::move(wanted));
    };
    nursery.start(work(*health, std::move(probes)));
    clock.settle();
  }

  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& probe : health->probes()) all.push_back(probe.name);
    return all;
  }

  void TearDown() override {
    nursery.cancel();
    clock.advance(std::chrono::seconds(10));
    EXPECT_EQ(nursery.size(), 0u);
    EXPECT_EQ(clock.sleepers(), 0u);
  }

  std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  prometheus::Registry registry;
  MemoryEvents events;
  os::CapturedLog log;
  Script ready, database;
  std::vector<std::string> told;
  std::unique_ptr<Health> health;
  async::Nursery nursery{loop.get_executor()};
};

}  // namespace outrider::health
