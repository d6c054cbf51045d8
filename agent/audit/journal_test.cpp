#include "agent/audit/journal.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/river.hpp"
#include "agent/os/captured_log.hpp"
#include "agent/os/random.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <functional>
#include <optional>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

using namespace outrider;
using namespace std::chrono_literals;

namespace {

const std::string directory = "/state/audit";
const std::string current = directory + "/audit.jsonl";

// A journal over simulated files, on virtual time. Each `open` is a new start of the agent.
class JournalTest : public testing::Test {
 protected:
  void run(core::Task<void> work) {
    async::Nursery nursery(loop.get_executor());
    nursery.start(std::move(work));
    clock.settle();
    ASSERT_EQ(nursery.size(), 0u) << "it did not end";
  }

  core::Task<void> open_into(std::unique_ptr<audit::Journal>& journal, std::string& problem) {
    const audit::Tools tools{loop.get_executor(), clock, *pool, files, registry, log};
    audit::Settings settings{directory, rotate_at};
    auto opened = co_await audit::Journal::open(tools, std::move(settings));
    if (opened)
      journal = std::move(*opened);
    else
      problem = opened.error().what;
  }

  void open() {
    journal.reset();
    std::string problem;
    run(open_into(journal, problem));
    ASSERT_EQ(problem, "");
  }

  // One intent and its result. Gives the error, or nothing.
  std::string write(const std::string& reason = "it died") {
    std::string problem;
    auto work = [](audit::Journal& to, std::string why, std::string& failed) -> core::Task<void> {
      core::Deed deed{"supervise", "restart", "tests-api", why};
      const auto intent = co_await to.intend(std::move(deed));
      if (!intent) {
        failed = intent.error().what;
        co_return;
      }
      std::string result = "executing as process 7";
      const auto concluded = co_await to.conclude(*intent, true, std::move(result));
      if (!concluded) failed = concluded.error().what;
    };
    run(work(*journal, reason, problem));
    return problem;
  }

  audit::Report verify() {
    auto report = audit::verify(files, directory);
    EXPECT_TRUE(report.has_value());
    return report ? *report : audit::Report();
  }

  std::string text() { return *files.read_all(current, 1U << 24U); }
  void put(const std::string& content) { ASSERT_TRUE(files.replace(current, content)); }

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    std::string rest = text();
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      all.push_back(rest.substr(0, end + 1));
      rest.erase(0, end + 1);
    }
    return all;
  }
  void put_lines(const std::vector<std::string>& all) {
    std::string joined;
    for (const auto& line : all) joined += line;
    put(joined);
  }

  std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }
  std::vector<std::string> names() {
    auto listed = files.list(directory);
    return listed ? *listed : std::vector<std::string>();
  }
  bool has_name(const std::string& start) {
    for (const auto& name : names())
      if (name.starts_with(start)) return true;
    return false;
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  os::SimFiles files;
  prometheus::Registry registry;
  os::CapturedLog log;
  std::uint64_t rotate_at = 1U << 20U;
  std::unique_ptr<audit::Journal> journal;
};

}  // namespace

TEST_F(JournalTest, WritesIntentAndResultAsAChainThatVerifies) {
  open();
  EXPECT_EQ(write(), "");
  EXPECT_EQ(write("it is \"sick\"\nagain \x01"), "");
  EXPECT_EQ(journal->entries(), 4u);
  const auto report = verify();
  EXPECT_EQ(report.sentence(), "the chain is intact: 4 entries in 1 file");
  EXPECT_EQ(report.last_hash, journal->last_hash());
  EXPECT_TRUE(report.remarks.empty());
  EXPECT_TRUE(lines()[0].starts_with(
      R"({"seq":1,"time":"2023-11-14T22:13:20.000Z","phase":"intent","actor":"supervise",)"));
  EXPECT_NE(metrics().find("outrider_audit_entries_total 4"), std::string::npos);
  EXPECT_NE(metrics().find("outrider_audit_chain_intact 1"), std::string::npos);
}

TEST_F(JournalTest, WhatIsAcknowledgedSurvivesAPowerCut) {
  open();
  EXPECT_EQ(write(), "");
  files.crash();
  EXPECT_EQ(verify().entries, 2u);
  open();
  EXPECT_EQ(journal->found(), "");
  EXPECT_EQ(write(), "");
  EXPECT_EQ(verify().sentence(), "the chain is intact: 4 entries in 1 file");
}

TEST_F(JournalTest, CallersThatComeTogetherShareOneSync) {
  open();
  const auto syncs_before = files.syncs();
  auto one = [](audit::Journal& to) -> core::Task<void> {
    core::Deed deed{"supervise", "start", "tests-api", "first"};
    EXPECT_TRUE((co_await to.intend(std::move(deed))).has_value());
  };
  auto many = [&one](audit::Journal& to, async::Executor river) -> core::Task<void> {
    async::Nursery nursery(river);
    for (int i = 0; i < 50; ++i) nursery.start(one(to));
    co_await nursery.join();
  };
  run(many(*journal, loop.get_executor()));
  EXPECT_EQ(journal->entries(), 50u);
  EXPECT_LE(files.syncs() - syncs_before, 6u);
  EXPECT_TRUE(verify().intact());
}

TEST_F(JournalTest, ATornLastLineIsKeptAsideAndTheChainGoesOn) {
  open();
  EXPECT_EQ(write(), "");
  put(text() + R"({"seq":3,"time":"20)");
  EXPECT_TRUE(verify().intact()) << "it was never acknowledged";
  open();
  EXPECT_NE(journal->found().find("a torn last line of 19 bytes was kept aside as audit.torn-"),
            std::string::npos)
      << journal->found();
  EXPECT_TRUE(has_name("audit.torn-"));
  EXPECT_EQ(write(), "");
  const auto report = verify();
  EXPECT_EQ(report.sentence(), "the chain is intact: 5 entries in 1 file");
  EXPECT_NE(metrics().find("outrider_audit_chain_intact 1"), std::string::npos);
}

TEST_F(JournalTest, ACorruptFileIsSetAsideAndSaidSoNeverOverwritten) {
  open();
  EXPECT_EQ(write(), "");
  EXPECT_EQ(write(), "");
  const std::string before = text();
  files.corrupt(current, before.find("it died"), 'X');
  const std::string ruined = text();
  open();
  EXPECT_NE(journal->found().find("audit.jsonl:1: entry 1 was changed"), std::string::npos)
      << journal->found();
  std::string aside;
  for (const auto& name : names())
    if (name.starts_with("audit.corrupt-")) aside = name;
  ASSERT_NE(aside, "");
  EXPECT_EQ(*files.read_all(directory + "/" + aside, 1U << 24U), ruined);
  EXPECT_EQ(write(), "") << "the journal goes on";
  EXPECT_NE(text().find("was set aside as"), std::string::npos);
  EXPECT_NE(metrics().find("outrider_audit_chain_intact 0"), std::string::npos);
  EXPECT_NE(journal->trouble(), "");
  open();
  EXPECT_NE(journal->trouble(), "") << "a broken chain stays broken over restarts";
  EXPECT_FALSE(verify().intact());
}

TEST_F(JournalTest, AFullDiskRefusesTheLineAndTheChainGoesOnWhenThereIsRoom) {
  open();
  EXPECT_EQ(write(), "");
  files.faults.capacity_bytes = files.used_bytes() + 10;
  EXPECT_NE(write().find("cannot write to the audit trail"), std::string::npos);
  EXPECT_NE(journal->trouble(), "");
  EXPECT_NE(metrics().find("outrider_audit_failures_total 1"), std::string::npos);
  files.faults = {};
  EXPECT_EQ(write(), "");
  EXPECT_EQ(journal->trouble(), "");
  EXPECT_EQ(verify().sentence(), "the chain is intact: 4 entries in 1 file");
}

TEST_F(JournalTest, AFailedSyncIsNoAcknowledgement) {
  open();
  EXPECT_EQ(write(), "");
  files.faults.sync_fails = true;
  EXPECT_NE(write(), "");
  files.faults = {};
  EXPECT_EQ(write(), "");
  EXPECT_EQ(verify().sentence(), "the chain is intact: 4 entries in 1 file");
}

TEST_F(JournalTest, TheChainCrossesFilesWhenTheyRotate) {
  rotate_at = 1000;
  open();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(write(), "");
  EXPECT_TRUE(has_name("audit-000000000001.jsonl"));
  auto report = verify();
  EXPECT_TRUE(report.intact()) << report.sentence();
  EXPECT_EQ(report.entries, 40u);
  EXPECT_GT(report.files, 4u);
  open();
  EXPECT_EQ(write(), "");
  EXPECT_EQ(verify().entries, 42u);
  ASSERT_TRUE(files.remove(directory + "/audit-000000000001.jsonl"));
  report = verify();
  EXPECT_FALSE(report.intact());
  EXPECT_NE(report.sentence().find("are missing before this line"), std::string::npos) << report.sentence();
}

TEST_F(JournalTest, AnUnwritableDirectoryIsSaidAtTheStart) {
  files.faults.read_only = true;
  std::string problem;
  run(open_into(journal, problem));
  EXPECT_NE(problem.find("cannot open the audit trail"), std::string::npos) << problem;
}

TEST_F(JournalTest, EveryCrashLeavesATrailThatVerifiesAndHoldsWhatWasAcknowledged) {
  const auto random = os::make_seeded_random(7);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 100; ++round) {
    open();
    for (std::uint64_t i = random->below(4); i > 0; --i) {
      ASSERT_EQ(write(), "");
      acknowledged += 2;
    }
    files.crash_torn(*random);
    const auto report = verify();
    ASSERT_TRUE(report.intact()) << "round " << round << ": " << report.sentence();
    ASSERT_GE(report.entries, acknowledged);
  }
}

// ---- what an intruder may do, and what must be said of it

struct Ruin {
  const char* name;
  std::function<void(std::vector<std::string>&)> ruin;
  std::uint64_t line;
  const char* must_say;
};

class RuinedTrail : public JournalTest, public testing::WithParamInterface<Ruin> {};

TEST_P(RuinedTrail, IsFoundWithItsLine) {
  open();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(write("reason " + std::to_string(i)), "");
  auto all = lines();
  ASSERT_EQ(all.size(), 10u);
  GetParam().ruin(all);
  put_lines(all);
  const auto report = verify();
  ASSERT_FALSE(report.intact());
  EXPECT_EQ(report.faults.front().line, GetParam().line) << report.sentence();
  EXPECT_NE(report.sentence().find(GetParam().must_say), std::string::npos) << report.sentence();
}

INSTANTIATE_TEST_SUITE_P(
    Ways, RuinedTrail,
    testing::Values(Ruin{"changed", [](auto& all) { all[4].replace(all[4].find("reason 2"), 8, "reason 9"); },
                         5, "entry 5 was changed"},
                    Ruin{"removed", [](auto& all) { all.erase(all.begin() + 3); }, 4, "entry 4 is missing"},
                    Ruin{"removed_first", [](auto& all) { all.erase(all.begin()); }, 1, "entry 1 is missing"},
                    Ruin{"several_removed", [](auto& all) { all.erase(all.begin() + 3, all.begin() + 6); }, 4,
                         "entries 4 to 6 are missing"},
                    Ruin{"moved", [](auto& all) { std::swap(all[4], all[5]); }, 5, "entry 5 is missing"},
                    Ruin{"repeated", [](auto& all) { all.insert(all.begin() + 4, all[3]); }, 5, "inserted"},
                    Ruin{"forged", [](auto& all) { all.insert(all.begin() + 4, "{\"seq\":5}\n"); }, 5,
                         "not an audit line"},
                    Ruin{"truncated", [](auto& all) { all.resize(7); }, 7, "the end was cut off"},
                    Ruin{"emptied", [](auto& all) { all.clear(); }, 0, "the end was cut off"},
                    Ruin{"binary", [](auto& all) { all[2] = std::string("\0\x7f\xff", 3) + "\n"; }, 3,
                         "not an audit line"}),
    [](const auto& way) { return std::string(way.param.name); });
