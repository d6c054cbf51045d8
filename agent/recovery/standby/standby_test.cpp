// The proof standby on a simulated ground: hours of following, some archives ruined, some grounds in trouble.
#include "agent/recovery/standby/standby.hpp"

#include "agent/async/nursery.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/recovery/standby/sim_archive.hpp"
#include "agent/recovery/turns.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

using namespace std::chrono_literals;

class SimCatalog final : public catalogs::Catalog {
 public:
  core::Task<core::Outcome<catalogs::Listing>> list(core::Duration) override {
    co_return core::fail(core::Errc::unsupported, "the watch lists it");
  }
  core::Task<core::Outcome<std::string>> read_wal(catalogs::ArchivedFile, std::uint64_t,
                                                  core::Duration) override {
    co_return core::fail(core::Errc::not_found, "it is not there");
  }
  core::Outcome<std::vector<catalogs::Step>> restore(const catalogs::BackupSet& set, const std::string&,
                                                     bool) const override {
    const std::string at = std::to_string(set.start_lsn->value / sim_follow_segment);
    return std::vector<catalogs::Step>{{"restore " + set.label, {"restore", at}, {}}};
  }
  core::Outcome<catalogs::FetchPlan> fetch_wal() const override {
    return catalogs::FetchPlan{{"get", "%f", "%p"}, {}, {1}};
  }
  core::Outcome<catalogs::Step> backup(catalogs::BackupKind) const override {
    return core::fail(core::Errc::unsupported, "not here");
  }
  std::string target() const override { return "simulated"; }
};

class KeptJournal final : public core::Journal {
 public:
  core::Task<core::Outcome<std::uint64_t>> intend(core::Deed deed) override {
    actions.push_back(deed.action);
    co_return ++open;
  }
  core::Task<core::Outcome<>> conclude(std::uint64_t, bool, std::string) override {
    --open;
    co_return core::Outcome<>();
  }
  std::vector<std::string> actions;
  std::uint64_t open = 0;
};

class KeptEvents final : public core::EventSink {
 public:
  void record(core::EventKind, std::string, std::string sentence) override {
    sentences.push_back(std::move(sentence));
  }
  std::vector<std::string> sentences;
};

// One standby over one site, looked at all the time.
struct Story {
  explicit Story(SimFollowSite site) : archive(clock, std::move(site)), nursery(loop.get_executor()) {
    auto made = std::make_unique<SimFollowGround>(archive);
    ground = made.get();
    StandbySettings settings;
    settings.directory = "/standby";
    StandbyTools tools{
        clock, journal, events, log, catalog, [this] { return archive.around(); }, [this] { hold(); }};
    standby = std::make_unique<Standby>(std::move(tools), std::move(made), settings, DrillSettings());
    nursery.start(standby->run());
  }
  ~Story() { end(); }

  // What must hold whatever happens.
  void hold() {
    const StandbyStatus& status = standby->status();
    if (status.proven_to) {
      EXPECT_LE(status.proven_to->value, most_reached() * sim_follow_segment)
          << "claims what was not replayed";
    }
    if (status.canary) {
      EXPECT_LT(*status.canary, most_reached()) << "claims a row that was not replayed";
    }
    EXPECT_LE(ground->most_servers, 1);
    EXPECT_FALSE(ground->promoted_or_streamed);
    const SimFollowSite& site = archive.site_;
    if (status.state == StandbyState::broken) {
      EXPECT_TRUE(site.hole || site.broken || panicked())
          << "a sound archive is called broken: " << status.sentence;
    }
    if (status.state == StandbyState::following && site.hole && !site.hole_mended && !site.newer_set) {
      EXPECT_LE(ground->reached, *site.hole);
    }
  }
  bool panicked() const {
    const auto& ends = archive.site_.ends;
    return std::any_of(ends.begin(), ends.end(),
                       [](const auto& end) { return end.second.find("invalid pages") != std::string::npos; });
  }
  std::uint64_t most_reached() { return highest = std::max(highest, ground->reached); }

  void pass(core::Duration length) {
    const core::Instant until = clock.now() + length;
    while (clock.now() < until) {
      clock.advance(5s);
      hold();
    }
  }
  template <class Question>
  bool wait_for(Question question, core::Duration limit) {
    const core::Instant until = clock.now() + limit;
    while (clock.now() < until) {
      if (question()) return true;
      clock.advance(1s);
    }
    return question();
  }
  bool comes_to(StandbyState state, core::Duration limit) {
    return wait_for([&] { return standby->status().state == state; }, limit);
  }
  void end() {
    if (ended) return;
    ended = true;
    nursery.cancel();
    const core::Instant until = clock.now() + 1h;
    while (nursery.size() > 0 && clock.now() < until) clock.advance(1s);
    EXPECT_EQ(nursery.size(), 0u) << "it hangs";
    EXPECT_FALSE(ground->runs()) << "its server was left running";
    EXPECT_EQ(journal.open, 0u) << "an intent was left open";
    EXPECT_EQ(log.count(core::Level::error), 0u) << log.text();
  }
  void remove() {
    nursery.start(standby->remove());
    clock.advance(1min);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  SimArchive archive;
  SimCatalog catalog;
  KeptJournal journal;
  KeptEvents events;
  os::CapturedLog log;
  SimFollowGround* ground = nullptr;
  std::unique_ptr<Standby> standby;
  async::Nursery nursery;
  std::uint64_t highest = 0;
  bool ended = false;
};

}  // namespace

TEST(ProofStandby, FollowsAnArchiveAndProvesItAllTheWhile) {
  Story run{SimFollowSite()};
  ASSERT_TRUE(run.comes_to(StandbyState::following, 5min)) << run.standby->status().sentence;
  EXPECT_EQ(run.standby->status().set, "first");
  run.pass(2h);
  const StandbyStatus& status = run.standby->status();
  EXPECT_EQ(status.state, StandbyState::following);
  EXPECT_LT(run.clock.wall() - *status.proven_at, 1min);
  EXPECT_LT(run.clock.wall() - *status.canary_time, 2min);
  EXPECT_GT(*status.canary, 200u);
  EXPECT_EQ(status.restores, 1u);
  EXPECT_EQ(status.starts, 1u);
  run.end();
  const std::vector<std::string> actions = {"restore the proof standby", "start the proof standby",
                                            "stop the proof standby"};
  EXPECT_EQ(run.journal.actions, actions);
  EXPECT_TRUE(run.ground->has_data) << "for the next time";
  run.remove();
  EXPECT_FALSE(run.ground->has_data) << "nobody wants it any more";
}

TEST(ProofStandby, AnIdlePrimaryIsNotLate) {
  SimFollowSite site;
  site.writes_until = 10min;
  Story run{site};
  run.pass(3h);
  EXPECT_EQ(run.standby->status().state, StandbyState::following);
  EXPECT_LT(run.clock.wall() - *run.standby->status().proven_at, 1min);
}

TEST(ProofStandby, NamesAHoleAndGoesOnWhenItIsMended) {
  SimFollowSite site;
  site.hole = 40;
  site.hole_mended = 40min;
  Story run{site};
  ASSERT_TRUE(run.comes_to(StandbyState::broken, 15min));
  EXPECT_NE(run.standby->status().segment.find("28"), std::string::npos) << run.standby->status().segment;
  const core::WallTime proven = *run.standby->status().proven_at;
  run.pass(10min);
  EXPECT_EQ(run.standby->status().proven_at, proven) << "it fades";
  EXPECT_TRUE(run.comes_to(StandbyState::following, 1h));
  EXPECT_EQ(run.standby->status().restores, 1u);
}

TEST(ProofStandby, BeginsAnewFromABackupBehindTheHole) {
  SimFollowSite site;
  site.hole = 40;
  site.newer_set = 30min;
  Story run{site};
  ASSERT_TRUE(run.comes_to(StandbyState::broken, 15min));
  EXPECT_TRUE(run.comes_to(StandbyState::following, 1h));
  EXPECT_EQ(run.standby->status().set, "second");
  EXPECT_EQ(run.standby->status().restores, 2u);
}

TEST(ProofStandby, StandsStillWhileADrillRuns) {
  SimFollowSite site;
  site.drills = {{20min, 30min}};
  Story run{site};
  ASSERT_TRUE(run.comes_to(StandbyState::held, 21min));
  run.pass(1min);
  const auto reached = run.ground->reached;
  run.pass(7min);
  EXPECT_EQ(run.ground->reached, reached);
  EXPECT_TRUE(run.comes_to(StandbyState::following, 10min));
  EXPECT_GT(run.ground->reached, reached);
}

TEST(ProofStandby, GivesUpItsRoomWhenTheDiskIsFullAndComesBack) {
  SimFollowSite site;
  site.ends = {{10min, "PANIC:  could not write to file: No space left on device"}};
  site.no_room = {10min, 40min};
  Story run{site};
  ASSERT_TRUE(run.wait_for([&] { return run.ground->torn_down > 0; }, 15min));
  EXPECT_FALSE(run.ground->has_data);
  run.pass(5min);
  EXPECT_EQ(run.standby->status().state, StandbyState::blind);
  EXPECT_TRUE(run.comes_to(StandbyState::following, 1h));
}

TEST(ProofStandby, IsNeverWrongWhateverGoesWrong) {
  std::uint64_t followed = 0, broke = 0;
  for (std::uint64_t seed = 0; seed < turns_of_chance(60); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto dice = os::make_seeded_random(seed);
    const auto minutes = [&](std::uint64_t most) { return std::chrono::minutes(dice->below(most)); };
    SimFollowSite site;
    site.writes = 3min;
    const bool ruined = dice->below(3) == 0;
    if (ruined && dice->below(2) == 0)
      site.hole = 12 + dice->below(50);
    else if (ruined)
      site.broken = 12 + dice->below(50);
    const core::Duration from = minutes(60);
    site.fetch_trouble = {from, from + minutes(20)};
    const core::Duration bad = minutes(60);
    site.call_trouble = {bad, bad + minutes(15)};
    for (const char* const call : {"prepare", "premises", "run", "control_data", "start_server", "connect",
                                   "ask", "stop_server", "keep_data", "tear_down"})
      if (dice->below(4) == 0) site.calls.insert(call);
    const std::vector<std::string> words = {
        "killed by signal 9 (SIGKILL)", "PANIC:  could not write: No space left on device",
        "LOG:  database system is shut down", "PANIC:  could not locate a valid checkpoint record"};
    for (auto count = dice->below(4); count > 0; --count)
      site.ends.emplace_back(minutes(90), words[dice->below(words.size())]);
    std::sort(site.ends.begin(), site.ends.end());
    if (dice->below(2) == 0) site.drills = {{30min, 40min}};
    Story run{site};
    run.pass(4h);  // all is over for hours
    const StandbyStatus& status = run.standby->status();
    if (ruined) {
      EXPECT_EQ(status.state, StandbyState::broken) << status.sentence;
      ++broke;
    } else {
      EXPECT_EQ(status.state, StandbyState::following) << status.sentence;
      EXPECT_LT(run.clock.wall() - *status.proven_at, 1min);
      ++followed;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GE(followed, turns_of_chance(26));
  EXPECT_GE(broke, turns_of_chance(10));
}

TEST(ProofStandby, LeavesNoServerWheneverItIsCancelled) {
  for (std::uint64_t seed = 0; seed < turns_of_chance(150); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto dice = os::make_seeded_random(seed);
    SimFollowSite site;
    site.ends = {{2min, "killed by signal 9 (SIGKILL)"}};
    Story run{site};
    run.clock.advance(std::chrono::milliseconds(dice->below(200'000)));
    run.end();
    const bool whole = run.ground->has_data || run.ground->data_note().empty();
    EXPECT_TRUE(whole) << "data that are not there are said to be";
  }
}

}  // namespace outrider::recovery
