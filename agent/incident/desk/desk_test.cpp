#include "agent/incident/desk/desk.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"
#include "agent/os/sim_processes.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace outrider::incident;
using namespace std::chrono_literals;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

constexpr std::uint64_t recorder_bytes = 512 * 1024;

// What the test says is there.
struct TestEyes final : Eyes {
  std::optional<Sample> sample(pid_t) override {
    Sample sample;
    sample.resident_bytes = 64U << 20U;
    sample.cpu = cpu_used += 0.5;
    return sample;
  }
  std::vector<Finding> hanging(pid_t pid) override {
    return {{"what its threads wait for", "thread " + std::to_string(pid) + " waits in futex_wait_queue"}};
  }
  std::vector<Finding> gone() override { return {{"control group /a", "1 processes killed"}}; }
  std::string boot() override { return "boot-1"; }
  double cpu_used = 0;
};

// Memory that outlives the agent, as the recorder's file does.
class KeptMemory final : public os::Mapping {
 public:
  explicit KeptMemory(std::vector<char>& bytes) : bytes_(bytes) {}
  std::span<char> bytes() override { return bytes_; }
  void rest(std::size_t, std::size_t) override {}

 private:
  std::vector<char>& bytes_;
};

class DeskTest : public testing::Test {
 protected:
  void SetUp() override {
    service.name = "tests-api";
    service.phase = "running";
    service.pid = 100;
    service.state = core::State::healthy;
    service.why = "HTTP 200";
    probe.name = "ready";
    probe.state = core::State::healthy;
    begin();
  }

  void begin() {
    recorder = std::make_unique<Recorder>(std::make_unique<KeptMemory>(memory), *random);
    timeline = std::make_unique<Timeline>(loop.get_executor(), clock, *registry);
    Desk::Tools tools{loop.get_executor(), clock, *random,   *pool,     files, processes,
                      *registry,           log,   *timeline, *recorder, eyes};
    Desk::About about{{}, "/state/incidents", settings, configuration};
    about.resource.service = "tests-api";
    about.resource.version = version;
    Desk::Look look{[this] { return service; }, [this] { return std::vector{probe}; }};
    desk = std::make_unique<Desk>(tools, std::move(about), std::move(look));
    timeline->heard_by([this](const core::Event& event) { desk->hear(event); });
    nursery = std::make_unique<async::Nursery>(loop.get_executor());
    nursery->start(desk->run());
    clock.settle();
  }

  // As kill -9 does: nothing is said, and what was in memory only is gone.
  void kill() {
    nursery->cancel();
    clock.settle();
    nursery.reset();
    desk.reset();
    timeline.reset();
    recorder.reset();
    registry = std::make_unique<prometheus::Registry>();
  }

  void TearDown() override { kill(); }

  void say(const std::string& message, bool unterminated = false) {
    recorder->line(clock.wall(), "child stderr",
                   R"({"@timestamp":"x","log.level":"error","message":")" + message + "\"}", unterminated);
  }

  void dies(int signal) {
    Ended ended;
    ended.how.signal = signal;
    ended.sentence = "was killed by signal " + std::to_string(signal) + " after 2h";
    service.phase = "waiting";
    service.pid = 0;
    service.state = core::State::unknown;
    desk->ended(ended);
    clock.settle();
  }

  void is_well() {
    service.phase = "running";
    service.pid = 101;
    service.state = core::State::healthy;
  }

  Incident newest() {
    std::string json;
    auto work = [](Desk& of, std::string& into) -> core::Task<void> {
      std::string id = of.id();
      const auto known = co_await of.read(std::move(id));
      into = known ? *known : known.error().what;
    };
    async::Nursery asking(loop.get_executor());
    asking.start(work(*desk, json));
    clock.settle();
    const auto incident = read_incident(json);
    EXPECT_TRUE(incident) << json;
    return incident.value_or(Incident{});
  }

  std::size_t kept() {
    const auto names = files.list("/state/incidents");
    return names ? static_cast<std::size_t>(std::ranges::count_if(
                       *names, [](const std::string& name) { return name.ends_with(".json"); }))
                 : 0;
  }
  std::string metrics() { return prometheus::TextSerializer().Serialize(registry->Collect()); }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<core::Random> random = os::make_seeded_random(1);
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  os::SimProcesses processes{loop.get_executor(), clock, *random};
  std::unique_ptr<prometheus::Registry> registry = std::make_unique<prometheus::Registry>();
  os::CapturedLog log;
  std::vector<char> memory = std::vector<char>(recorder_bytes);
  TestEyes eyes;
  Settings settings;
  std::string version = "1.4.2", configuration = "aa11";
  core::ServiceStatus service;
  core::ProbeStatus probe;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Timeline> timeline;
  std::unique_ptr<Desk> desk;
  std::unique_ptr<async::Nursery> nursery;
};

}  // namespace

TEST_F(DeskTest, ADeathIsAnIncidentWithWhatWasSaidLast) {
  clock.advance(30s);
  say("cannot reach the database");
  say("FATAL: out of mem", true);
  dies(SIGSEGV);
  clock.advance(1s);
  const Incident incident = newest();
  EXPECT_EQ(incident.kind, Kind::crash);
  EXPECT_EQ(incident.title, "tests-api was killed by signal 11 after 2h");
  ASSERT_THAT(incident.deaths, SizeIs(1));
  EXPECT_EQ(incident.deaths[0].signal, SIGSEGV);
  ASSERT_THAT(incident.lines, SizeIs(2));
  EXPECT_EQ(incident.lines[0].text, "cannot reach the database");
  EXPECT_EQ(incident.lines[0].level, "error");
  EXPECT_EQ(incident.last_words, "FATAL: out of mem");
  EXPECT_GT(incident.samples.size(), 20u);
  EXPECT_EQ(incident.samples.back().cpu, 0.5);
  EXPECT_THAT(incident.findings, Contains(Field(&Finding::text, "1 processes killed")));
  EXPECT_FALSE(incident.closed);
  EXPECT_EQ(kept(), 1u);
  EXPECT_THAT(metrics(), HasSubstr("outrider_incident_open{service=\"tests-api\"} 1"));
  EXPECT_THAT(metrics(), HasSubstr("outrider_incidents_total{kind=\"crash\",service=\"tests-api\"} 1"));
}

TEST_F(DeskTest, IsOverWhenTheServiceHasBeenWellForAWhile) {
  dies(SIGKILL);
  clock.advance(20s);
  EXPECT_FALSE(newest().closed);
  is_well();
  clock.advance(5s);
  EXPECT_FALSE(newest().closed) << "not yet for long enough";
  clock.advance(7s);
  const Incident incident = newest();
  ASSERT_TRUE(incident.closed);
  EXPECT_THAT(incident.conclusion, HasSubstr("well again after 2")) << "not counting the time it was watched";
  EXPECT_THAT(metrics(), HasSubstr("outrider_incident_open{service=\"tests-api\"} 0"));
}

TEST_F(DeskTest, UnknownIsNotWell) {
  dies(SIGKILL);
  is_well();
  service.state = core::State::unknown;
  clock.advance(1h);
  EXPECT_FALSE(newest().closed);
}

TEST_F(DeskTest, TheDeathsOfOneLoopAreOneIncident) {
  for (int i = 0; i < 50; ++i) {
    dies(SIGABRT);
    is_well();
    clock.advance(15s);  // well for long enough to be over, each time
  }
  desk->gave_up("all 5 restarts of the budget are spent");
  clock.advance(2s);
  const Incident incident = newest();
  EXPECT_EQ(kept(), 1u);
  EXPECT_EQ(incident.deaths_total, 50u);
  EXPECT_LE(incident.deaths.size(), 20u);
  EXPECT_EQ(incident.kind, Kind::crash_loop);
  clock.advance(10min);
  dies(SIGABRT);
  clock.advance(1s);
  EXPECT_EQ(kept(), 2u) << "what comes much later is another one";
}

TEST_F(DeskTest, WhatWasAskedForAndASuccessAreNone) {
  Ended ended;
  ended.how.signal = SIGTERM;
  ended.asked = true;
  desk->ended(ended);
  ended = {};
  ended.how.exited = true;
  desk->ended(ended);
  clock.advance(2s);
  EXPECT_EQ(kept(), 0u);
  EXPECT_EQ(desk->id(), "");
}

TEST_F(DeskTest, AHangIsLookedAtBeforeItIsGone) {
  probe.dependency = true;
  probe.state = core::State::sick;
  probe.name = "database";
  service.state = core::State::sick;
  service.why = "failed 3 times in a row: timed out";
  nursery->start(desk->look_at(100, "tests-api is restarted: failed 3 times in a row"));
  clock.advance(1s);
  const Incident incident = newest();
  EXPECT_EQ(incident.kind, Kind::hang);
  EXPECT_EQ(incident.verdict, "failed 3 times in a row: timed out");
  EXPECT_EQ(incident.root_cause, "database");
  EXPECT_THAT(incident.findings, Contains(Field(&Finding::text, HasSubstr("thread 100 waits in futex"))));
}

TEST_F(DeskTest, WhatWasChangedBeforeIsInItAndWhatIsOldIsNot) {
  timeline->record(core::EventKind::config, "configuration", "reloaded: changes logs");
  clock.advance(20min);
  timeline->record(core::EventKind::operator_command, "tests-api", "alice notes a change: deployed v42");
  clock.advance(5min);
  dies(SIGSEGV);
  const Incident incident = newest();
  ASSERT_THAT(incident.changes, SizeIs(1));
  EXPECT_THAT(incident.changes[0].sentence, HasSubstr("deployed v42"));
}

TEST_F(DeskTest, ANewVersionIsAChangeAlsoWhenTheAgentWasStartedAnewForIt) {
  desk->ends();
  kill();
  version = "1.5.0";
  begin();
  clock.advance(1min);
  dies(SIGSEGV);
  EXPECT_THAT(newest().changes, Contains(Field(&Remark::sentence, "the version is 1.5.0; it was 1.4.2")));
}

TEST_F(DeskTest, ADeployMarkerIsRead) {
  desk->ends();
  kill();
  settings.deploy_marker = "/srv/REVISION";
  ASSERT_TRUE(files.make_directories("/srv"));
  ASSERT_TRUE(files.replace("/srv/REVISION", "abc123\n"));
  begin();
  clock.advance(1min);
  ASSERT_TRUE(files.replace("/srv/REVISION", "def456\n"));
  clock.advance(1min);
  dies(SIGSEGV);
  EXPECT_THAT(newest().changes,
              Contains(Field(&Remark::sentence, "the deployment is def456; it was abc123")));
}

TEST_F(DeskTest, AnAgentThatWasKilledGoesOnWithItsOpenIncident) {
  say("before the death");
  dies(SIGSEGV);
  const std::string id = desk->id();
  kill();  // before anything was gathered
  begin();
  clock.advance(2s);
  EXPECT_EQ(desk->id(), id);
  EXPECT_THAT(newest().lines, Contains(Field(&Line::text, "before the death")));
  EXPECT_EQ(kept(), 1u);
  is_well();
  clock.advance(15s);
  EXPECT_TRUE(newest().closed);
}

TEST_F(DeskTest, WhatTheServiceSaidBeforeTheAgentWasKilledIsAnIncidentOfTheNextOne) {
  clock.advance(10s);
  say("the last thing it said");
  kill();
  clock.advance(1h);
  begin();
  clock.advance(2s);
  const Incident incident = newest();
  EXPECT_EQ(incident.kind, Kind::agent_died);
  EXPECT_THAT(incident.title, HasSubstr("outrider was killed"));
  EXPECT_THAT(incident.lines, Contains(Field(&Line::text, "the last thing it said")));
}

TEST_F(DeskTest, AnAgentThatEndedAsItShouldLeavesNone) {
  desk->ends();
  kill();
  begin();
  clock.advance(10s);
  EXPECT_EQ(desk->id(), "");
}

TEST_F(DeskTest, ADiskThatIsFullCostsTheFileAndNothingElse) {
  files.faults.capacity_bytes = 0;
  dies(SIGSEGV);
  clock.advance(5s);
  EXPECT_EQ(newest().kind, Kind::crash) << "it is still shown";
  EXPECT_THAT(metrics(), testing::Not(HasSubstr("save_failures_total{service=\"tests-api\"} 0")));
}
