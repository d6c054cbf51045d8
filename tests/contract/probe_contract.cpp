#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/config/kinds.hpp"
#include "agent/config/load.hpp"
#include "agent/config/object.hpp"
#include "agent/core/text.hpp"
#include "agent/net/client.hpp"
#include "agent/net/dialer.hpp"
#include "agent/net/streams/stream_client.hpp"
#include "agent/os/clock.hpp"
#include "agent/os/process.hpp"
#include "tests/contract/probe_worlds.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace std::chrono_literals;
using core::Standing;
using probes::Maker;
using probes::Probe;

namespace {

const probes::Shelf& shelf() {
  static const probes::Shelf filled = [] {
    probes::Shelf made;
    probes::fill(made);
    return made;
  }();
  return filled;
}

// As much of the configuration as an example of a probe needs.
struct Block {
  std::optional<Maker> make;
  std::string kind;
  core::Duration every = 5s;
  core::Duration timeout = 1s;
  bool dependency = false;
};
struct Health {
  std::vector<std::pair<std::string, Block>> probes;
};
struct Whole {
  std::vector<std::pair<std::string, std::string>> service;
  Health health;
};

config::Kind<Whole> whole() {
  std::vector<config::Alternative<std::optional<Maker>>> alternatives;
  const std::function<std::optional<Maker>(Maker)> wrap = [](Maker maker) { return std::optional(maker); };
  for (const probes::Entry& entry : shelf().entries()) {
    alternatives.push_back(
        {std::string(entry.name), entry.kind.as<std::optional<Maker>>(wrap), std::string(entry.help)});
  }
  const auto block = config::Object<Block>()
                         .one_of(&Block::make, alternatives, "what to ask", &Block::kind)
                         .optional("every", &Block::every, config::duration(100ms, 24h), "how often")
                         .optional("timeout", &Block::timeout, config::duration(1ms, 1h), "how long")
                         .optional("dependency", &Block::dependency, config::yes_or_no(), "not ours")
                         .kind();
  const auto health =
      config::Object<Health>().required("probes", &Health::probes, config::map_of(block), "by name").kind();
  return config::Object<Whole>()
      .required("service", &Whole::service, config::map_of(config::text()), "who")
      .required("health", &Whole::health, health, "what");
}

std::vector<std::string> names() {
  std::vector<std::string> made;
  for (const probes::Entry& entry : shelf().entries()) made.emplace_back(entry.name);
  return made;
}

core::Task<void> note(Probe& probe, core::Duration limit, std::optional<core::Answer>& answer) {
  answer.emplace(co_await probe.ask(limit));
}

class ProbeContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(scenes().contains(GetParam()))
        << "give " << GetParam() << " a world in tests/contract/probe_worlds.cpp";
    const std::string path = "agent/probes/" + GetParam() + "/example.yaml";
    auto loaded = config::load_file(path, whole(), config::process_environment());
    ASSERT_TRUE(loaded) << loaded.report.text();
    for (auto& [name, block] : loaded.value->health.probes) {
      if (block.kind == GetParam()) makers_.push_back(*block.make);
    }
    ASSERT_FALSE(makers_.empty()) << path << " has no probe of its own kind";
  }

  const Scene& scene() const { return scenes().find(GetParam())->second; }

  // Asks each probe of the example once, and checks what is promised of every answer.
  std::vector<core::Answer> ask_all(World& world, const probes::Tools& tools, core::Duration limit) {
    std::vector<core::Answer> answers;
    for (const Maker& make : makers_) {
      const auto probe = make(tools);
      world.once_it_listens();
      std::optional<core::Answer> answer;
      async::Nursery nursery(world.loop.get_executor());
      const core::Instant asked = world.clock.now();
      nursery.start(note(*probe, limit, answer));
      while (!answer && world.clock.now() < asked + limit + 100ms) world.clock.advance(limit / 100 + 1us);
      EXPECT_TRUE(answer) << "no answer within " << core::show_duration(limit + 100ms);
      nursery.cancel();
      world.clock.settle();
      if (!answer) continue;
      EXPECT_FALSE(answer->detail.empty());
      EXPECT_LE(answer->took, limit);
      EXPECT_GE(answer->took, 0s);
      answers.push_back(*answer);
    }
    EXPECT_EQ(world.clock.sleepers(), 0u) << "something still sleeps";
    EXPECT_EQ(world.running(), 0u) << "something still runs";
    return answers;
  }

  void expect_all(Condition condition, Standing standing, core::Duration limit) {
    World world;
    scene().arrange(world, condition);
    for (const core::Answer& answer : ask_all(world, world.tools, limit)) {
      EXPECT_EQ(answer.standing, standing) << answer.detail;
    }
  }

  std::vector<Maker> makers_;
};

// At that instant, after a few more turns of the loop, so that it falls between any two steps of the probe.
core::Task<void> cancel_at(core::Clock& clock, core::Instant when, int turns, async::Nursery& nursery) {
  co_await clock.sleep_until(when);
  for (int turn = 0; turn < turns; ++turn) co_await async::yield_turn();
  nursery.cancel();
}

void ask_and_cancel(const Maker& make, const Scene& scene, Condition condition, core::Duration after,
                    int turns) {
  World world;
  scene.arrange(world, condition);
  const auto probe = make(world.tools);
  std::optional<core::Answer> answer;
  async::Nursery nursery(world.loop.get_executor());
  async::Nursery canceller(world.loop.get_executor());
  canceller.start(cancel_at(world.clock, world.clock.now() + after, turns, nursery));
  nursery.start(note(*probe, 10s, answer));
  world.clock.advance(after + 1s);  // and a second for clean-up that takes its time
  const std::string when = core::show_duration(after) + " and " + std::to_string(turns) + " turns";
  EXPECT_EQ(nursery.size(), 0u) << "it did not end when cancelled after " << when;
  EXPECT_EQ(world.clock.sleepers(), 0u) << "after " << when;
  EXPECT_EQ(world.running(), 0u) << "after " << when;
}

std::multiset<std::string> descriptors_of_ours() {
  std::multiset<std::string> all;
  for (const auto& descriptor : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // that of the directory itself
    const std::string what = std::filesystem::read_symlink(descriptor.path(), gone).string();
    all.insert(what.substr(0, what.find(':')));  // "socket", not "socket:[123]"
  }
  return all;
}

std::string children_of_ours() {
  std::string all;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    std::string line;
    while (std::getline(file, line)) all += line;
  }
  return all;
}

core::Task<void> ask_the_machine(async::Executor, const Maker& make, const Scene& scene, int times) {
  const auto clock = os::make_clock();
  const auto pool = async::make_thread_pool(1);
  const auto client = net::make_client(*clock, *pool);
  const auto dialer = net::make_dialer(*clock, *pool);
  const auto processes = os::make_processes();
  const auto streams = net::make_stream_client(*clock, *pool);
  const auto slow = async::make_slow_calls(1);
  const std::shared_ptr<os::Machine> machine = os::make_machine();
  const probes::Tools tools{
      *clock,  *pool,      *client,
      *dialer, *processes, *streams,
      *slow,   machine,    [&] { return sql::make_prompt_driver(*clock, *pool, *slow); }};
  const auto probe = make(tools);
  for (int time = 0; time < times; ++time) {
    const core::Answer answer = co_await probe->ask(scene.real_limit);
    // Whoever cannot tell a silent target from trouble of his own says so here, too.
    const bool is_unsure = scene.silent_is == Standing::unknown && answer.standing == Standing::unknown;
    EXPECT_TRUE(is_unsure || answer.standing == Standing::not_ok) << answer.detail;
    EXPECT_LE(answer.took, 20s);
  }
}

}  // namespace

TEST_P(ProbeContract, AWellTargetIsOk) { expect_all(Condition::well, Standing::ok, 1s); }

TEST_P(ProbeContract, ASickTargetIsNotOk) { expect_all(Condition::sick, Standing::not_ok, 1s); }

TEST_P(ProbeContract, ASilentTargetIsNeverOkWithinAnyLimit) {
  for (const core::Duration limit : {core::Duration(50ms), core::Duration(1s), core::Duration(1min)}) {
    expect_all(Condition::silent, scene().silent_is, limit);
  }
}

TEST_P(ProbeContract, AnAbsentTargetIsNeverOk) { expect_all(Condition::absent, scene().absent_is, 1s); }

TEST_P(ProbeContract, TroubleOfOursIsUnknown) {
  World world;
  scene().arrange(world, Condition::well);
  const Starved starved(world);
  for (const core::Answer& answer : ask_all(world, starved.tools, 1s)) {
    EXPECT_EQ(answer.standing, Standing::unknown) << answer.detail;
  }
}

TEST_P(ProbeContract, TheLimitHoldsEvenWhenTheToolsIgnoreIt) {
  World world;
  const Deaf deaf(world);
  for (const core::Answer& answer : ask_all(world, deaf.tools, 2s)) EXPECT_NE(answer.standing, Standing::ok);
}

TEST_P(ProbeContract, ItMayBeCancelledAtEveryAwait) {
  for (const Condition condition : {Condition::well, Condition::sick, Condition::silent, Condition::absent}) {
    for (const Maker& make : makers_) {
      for (core::Duration after = 0s; after <= 8ms; after += 500us) {
        for (int turns = 0; turns < 12; ++turns) ask_and_cancel(make, scene(), condition, after, turns);
      }
      if (HasFailure()) return;
    }
  }
}

TEST_P(ProbeContract, ItMayBeAskedAgainAndAgain) {
  World world;
  scene().arrange(world, Condition::well);
  const auto probe = makers_.front()(world.tools);
  world.once_it_listens();
  for (int time = 0; time < 50; ++time) {
    std::optional<core::Answer> answer;
    async::Nursery nursery(world.loop.get_executor());
    nursery.start(note(*probe, 1s, answer));
    world.clock.advance(1s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->standing, Standing::ok) << answer->detail;
  }
}

TEST_P(ProbeContract, ItSaysWhatItAsks) {
  World world;
  for (const Maker& make : makers_) EXPECT_FALSE(make(world.tools)->target().empty());
}

TEST_P(ProbeContract, BadConfigurationIsRefusedAndTheKeyNamed) {
  ASSERT_FALSE(scene().bad.empty());
  auto bad = scene().bad;
  bad.push_back({"{nonsense: true}", "nonsense"});
  for (const BadValue& value : bad) {
    const std::string text =
        "service: {name: a}\nhealth:\n  probes:\n    x:\n      " + GetParam() + ": " + value.yaml + "\n";
    const auto loaded = config::load_text("bad.yaml", text, whole(), config::empty_environment());
    EXPECT_FALSE(loaded) << value.yaml;
    EXPECT_NE(loaded.report.text().find(value.names), std::string::npos) << value.yaml << "\n"
                                                                         << loaded.report.text();
    EXPECT_NE(loaded.report.text().find("bad.yaml:"), std::string::npos) << loaded.report.text();
  }
}

TEST_P(ProbeContract, OnTheRealMachineItLeavesNoChildAndNoDescriptor) {
  const std::string text =
      "service: {name: a}\nhealth: {probes: {x: {" + GetParam() + ": " + scene().real_value + "}}}\n";
  const auto loaded = config::load_text("real.yaml", text, whole(), config::empty_environment());
  ASSERT_TRUE(loaded) << loaded.report.text();
  const Maker make = *loaded.value->health.probes.front().second.make;
  async::run_here([&](async::Executor river) { return ask_the_machine(river, make, scene(), 1); });
  const std::multiset<std::string> before = descriptors_of_ours();
  async::run_here([&](async::Executor river) { return ask_the_machine(river, make, scene(), 5); });
  EXPECT_EQ(descriptors_of_ours(), before);
  EXPECT_EQ(children_of_ours(), "");
}

INSTANTIATE_TEST_SUITE_P(Shelf, ProbeContract, testing::ValuesIn(names()),
                         [](const auto& entry) { return entry.param; });
