#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/core/text.hpp"
#include "agent/os/clock.hpp"
#include "agent/wal/names.hpp"
#include "tests/contract/catalog_worlds.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::contract;
using namespace std::chrono_literals;
using catalogs::BackupKind;
using catalogs::BackupSet;
using catalogs::Catalog;
using catalogs::Listing;
using catalogs::Maker;
using Listed = core::Outcome<Listing>;

namespace {

const catalogs::Shelf& shelf() {
  static const catalogs::Shelf filled = [] {
    catalogs::Shelf made;
    catalogs::fill(made);
    return made;
  }();
  return filled;
}

config::Kind<Whole<Maker>> catalogs_kind() { return whole<Maker>(shelf(), "catalogs"); }

// Nothing in it that one could take for a backup to rely on.
bool promises_nothing(const Listed& listed) {
  return !listed || !listed->sets_known ||
         std::none_of(listed->sets.begin(), listed->sets.end(),
                      [](const BackupSet& set) { return set.complete; });
}

// What it says, as one text.
std::string shown(const Listed& listed) {
  if (!listed) return listed.error().what;
  std::string all = listed->tool + "\n";
  for (const BackupSet& set : listed->sets)
    all += set.label + (set.complete ? " complete " : " ") + (set.damaged ? "damaged " : "") + set.trouble +
           "\n";
  for (const auto& file : listed->wal) all += file.object + " " + std::to_string(file.stored_bytes) + "\n";
  for (const std::string& trouble : listed->troubles) all += trouble + "\n";
  return all;
}

core::Task<void> note(Catalog& catalog, core::Duration limit, std::optional<Listed>& listed) {
  listed.emplace(co_await catalog.list(limit));
}

class CatalogContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(catalog_scenes().contains(GetParam()))
        << "give " << GetParam() << " a world in tests/contract/catalog_worlds.cpp";
    scene().well(world_);
    catalog_ = make(world_, world_.machine.tools);
    ASSERT_TRUE(catalog_);
  }

  const CatalogScene& scene() const { return catalog_scenes().find(GetParam())->second; }

  std::optional<Maker> maker(const CatalogWorld& world, const std::string& command) {
    const std::string text = "service: {name: a}\nrecovery: {catalogs: [{" + GetParam() + ": " +
                             scene().value(world, command) + "}]}\n";
    auto loaded = config::load_text("good.yaml", text, catalogs_kind(), config::empty_environment());
    EXPECT_TRUE(loaded) << loaded.report.text();
    return loaded ? loaded.value->recovery.catalogs.front().make : std::nullopt;
  }
  std::unique_ptr<Catalog> make(const CatalogWorld& world, const catalogs::Tools& tools) {
    const auto made = maker(world, "");
    return made ? (*made)(tools) : nullptr;
  }

  // Its answer must come within the limit, and leave nothing behind.
  Listed list(CatalogWorld& world, Catalog& catalog, core::Duration limit = 10s) {
    std::optional<Listed> listed;
    async::Nursery nursery(world.machine.loop.get_executor());
    os::SimClock& clock = world.machine.clock;
    const core::Instant asked = clock.now();
    nursery.start(note(catalog, limit, listed));
    clock.settle();
    while (!listed && clock.now() < asked + limit + 100ms) clock.advance(limit / 100 + 1us);
    EXPECT_TRUE(listed) << "no answer within " << core::show_duration(limit + 100ms);
    nursery.cancel();
    clock.settle();
    expect_quiet(world, "after the answer");
    if (listed) return std::move(*listed);
    return core::fail(core::Errc::internal, "no answer");
  }
  static void expect_quiet(CatalogWorld& world, const std::string& when) {
    EXPECT_EQ(world.machine.clock.sleepers(), 0u) << "something still sleeps " << when;
    EXPECT_EQ(world.running(), 0u) << "something still runs " << when;
  }

  Listed list() { return list(world_, *catalog_); }
  Listing well() {
    Listed listed = list();
    EXPECT_TRUE(listed) << listed.error().what;
    return listed.value_or(Listing());
  }

  CatalogWorld world_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace

TEST_P(CatalogContract, ItsExampleIsAConfiguration) {
  const std::string path = "agent/catalogs/" + GetParam() + "/example.yaml";
  const auto loaded = config::load_file(path, catalogs_kind(), config::process_environment());
  ASSERT_TRUE(loaded) << loaded.report.text();
  ASSERT_FALSE(loaded.value->recovery.catalogs.empty());
  for (const auto& block : loaded.value->recovery.catalogs) EXPECT_EQ(block.kind, GetParam());
}

TEST_P(CatalogContract, ItListsBackupsOldestFirstAndWalByName) {
  const Listing listing = well();
  EXPECT_TRUE(listing.sets_known && listing.wal_known) << shown(listing);
  EXPECT_FALSE(promises_nothing(listing)) << shown(listing);
  std::set<std::string> labels;
  for (const BackupSet& set : listing.sets) {
    EXPECT_TRUE(!set.label.empty() && labels.insert(set.label).second) << set.label;
    EXPECT_TRUE(set.complete || !set.trouble.empty()) << set.label << " is not complete: why?";
    EXPECT_TRUE(!set.complete || set.stopped > core::WallTime(24h)) << set.label;
    EXPECT_TRUE(!set.complete || set.started <= set.stopped) << set.label;
  }
  EXPECT_TRUE(std::is_sorted(listing.sets.begin(), listing.sets.end(),
                             [](const BackupSet& a, const BackupSet& b) { return a.stopped < b.stopped; }));
  EXPECT_EQ(listing.wal.empty(), !listing.archives_wal);
  EXPECT_TRUE(std::is_sorted(listing.wal.begin(), listing.wal.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const catalogs::ArchivedFile& file : listing.wal) {
    EXPECT_TRUE(wal::read_name(file.name)) << file.name;
    EXPECT_FALSE(file.object.empty()) << file.name;
  }
}

TEST_P(CatalogContract, WhatCannotBeReadIsNeverAnEmptyList) {
  ASSERT_FALSE(scene().unreadable.empty());
  for (const auto& [what, happen] : scene().unreadable) {
    CatalogWorld world;
    scene().well(world);
    const auto catalog = make(world, world.machine.tools);
    EXPECT_TRUE(list(world, *catalog)) << what;
    happen(world);
    const Listed listed = list(world, *catalog);  // the same one, which has seen it well
    EXPECT_TRUE(!listed || !listed->sets_known) << what << "\n" << shown(listed);
    EXPECT_TRUE(!listed || !listed->troubles.empty()) << what;
  }
}

TEST_P(CatalogContract, AToolThatSaysNoOrNonsenseOrCannotBeStartedPromisesNothing) {
  if (scene().programs.empty()) return;
  for (const catalogs::ToolAnswer& said :
       {catalogs::ToolAnswer{37, "", "ERROR: no\n"}, catalogs::ToolAnswer{0, "what?\n", ""},
        catalogs::ToolAnswer{0, "", ""}, catalogs::ToolAnswer{0, "[]", ""}, catalogs::ToolAnswer{0, "{}", ""},
        catalogs::ToolAnswer{1, "{\"main\": []}", ""}}) {
    CatalogWorld world;
    scene().well(world);
    for (const std::string& program : scene().programs)
      world.machine.program(program, [said](const std::vector<std::string>&) { return said; });
    const auto catalog = make(world, world.machine.tools);
    const Listed listed = list(world, *catalog);
    // pg_restore has nothing to say of a dump that is whole.
    if (GetParam() == "dump" && said.code == 0) continue;
    EXPECT_TRUE(promises_nothing(listed)) << said.output << "\n" << shown(listed);
  }
  for (const core::Errc code : {core::Errc::exhausted, core::Errc::not_found}) {
    Unwilling processes(world_.machine.clock, core::Error(code, "cannot start it: so it is"));
    const catalogs::Tools tools{world_.machine.clock, *world_.machine.pool, *world_.machine.files, processes};
    const Listed listed = list(world_, *make(world_, tools));
    EXPECT_TRUE(promises_nothing(listed)) << shown(listed);
    EXPECT_NE(shown(listed).find("so it is"), std::string::npos) << shown(listed);
  }
}

TEST_P(CatalogContract, TheLimitHoldsWhenTheToolNeverAnswersOrNeverStarts) {
  for (const core::Duration limit : {core::Duration(50ms), core::Duration(1s), core::Duration(1min)}) {
    CatalogWorld world;
    scene().well(world);
    for (const std::string& program : scene().programs) world.silence(program);
    const Listed silent = list(world, *make(world, world.machine.tools), limit);
    Unwilling deaf(world.machine.clock, std::nullopt);
    const catalogs::Tools tools{world.machine.clock, *world.machine.pool, *world.machine.files, deaf};
    const Listed unstarted = list(world, *make(world, tools), limit);
    if (scene().programs.empty()) continue;
    EXPECT_TRUE(promises_nothing(silent)) << shown(silent);
    EXPECT_TRUE(promises_nothing(unstarted)) << shown(unstarted);
  }
}

TEST_P(CatalogContract, ALimitThatIsOverIsNotTakenForTheEndOfAFolder) {
  for (int at = 0; at < 600; ++at) world_.put("many/" + std::to_string(at) + "/PG_VERSION", "15\n");
  for (const std::string folder : {"base", "wal", "main/wals", "main/base", "dumps"}) {
    if (!std::filesystem::exists(world_.scratch / folder)) continue;
    std::filesystem::rename(world_.scratch / "many", world_.scratch / (folder + "/many"));
    const Listed late = list(world_, *catalog_, 0ns);
    const bool of_wal = folder.find("wal") != std::string::npos;
    EXPECT_TRUE(of_wal ? !late || !late->wal_known : promises_nothing(late)) << folder << "\n" << shown(late);
    std::filesystem::rename(world_.scratch / (folder + "/many"), world_.scratch / "many");
    // One backup, or one file of WAL, in each of many folders.
    for (const auto& one : std::filesystem::directory_iterator(world_.scratch / "many"))
      std::filesystem::copy(one, world_.scratch / (folder + "/of-" + one.path().filename().string()));
    const Listed too_late = list(world_, *catalog_, 0ns);
    EXPECT_TRUE(of_wal ? !too_late || !too_late->wal_known : promises_nothing(too_late)) << folder << "\n"
                                                                                         << shown(too_late);
  }
  EXPECT_FALSE(promises_nothing(list())) << "in time, it does";
}

TEST_P(CatalogContract, ItMayBeCancelledAtEveryAwaitAndAskedAgain) {
  const std::string before = shown(list());
  os::SimClock& clock = world_.machine.clock;
  for (core::Duration after = 0ms; after <= 66ms; after += 3ms) {
    for (int turns = 0; turns < 8; ++turns) {
      std::optional<Listed> listed;
      async::Nursery nursery(world_.machine.loop.get_executor());
      nursery.start(note(*catalog_, 10s, listed));
      clock.advance(after);
      for (int turn = 0; turn < turns; ++turn) world_.machine.loop.poll_one();
      nursery.cancel();
      clock.advance(2s);  // for clean-up that takes its time
      const std::string when =
          "after " + core::show_duration(after) + " and " + std::to_string(turns) + " turns";
      EXPECT_EQ(nursery.size(), 0u) << "it did not end when cancelled " << when;
      expect_quiet(world_, when);
    }
    if (HasFailure()) return;
  }
  EXPECT_EQ(shown(list()), before);
}

TEST_P(CatalogContract, ReadsTheWalItListsAndCallsAbsentOnlyWhatIs) {
  const Listing listing = well();
  const auto read = [&](const catalogs::ArchivedFile& file, std::uint64_t limit_bytes) {
    return world_.machine.wait(catalog_->read_wal(file, limit_bytes, 5s));
  };
  if (!listing.archives_wal) {
    EXPECT_EQ(read({}, 100).error().code, core::Errc::unsupported);
    return;
  }
  const catalogs::ArchivedFile file = listing.wal.front();
  const auto content = read(file, 1 << 20);
  ASSERT_TRUE(content) << content.error().what;
  EXPECT_EQ(read(file, content->size()), *content);
  EXPECT_EQ(read(file, content->size() - 1).error().code, core::Errc::exhausted);
  catalogs::ArchivedFile gone = file;
  gone.object += "-absent";
  const core::Errc absent = scene().tells_absent ? core::Errc::not_found : core::Errc::refused;
  EXPECT_EQ(read(gone, 100).error().code, absent);
  for (const std::string& program : scene().programs) world_.silence(program);
  const auto late = read(file, 1 << 20);
  EXPECT_TRUE(late ? *late == *content : late.error().code == core::Errc::timed_out);
  expect_quiet(world_, "after reading");
}

TEST_P(CatalogContract, APlanIsOnlyAPlan) {
  const Listing listing = well();
  const std::string before = everything_in(world_.scratch.path());
  const std::size_t started = world_.machine.processes.starts().size();
  for (const BackupSet& set : listing.sets) {
    for (const bool reuse : {false, true}) {
      const auto steps = catalog_->restore(set, "/scratch/data", reuse);
      if (!listing.archives_wal) {
        EXPECT_EQ(steps.error().code, core::Errc::unsupported);
        continue;
      }
      ASSERT_EQ(steps.has_value(), set.complete) << set.label;
      if (!steps) continue;
      ASSERT_FALSE(steps->empty());
      bool told_where = false;
      for (const catalogs::Step& step : *steps) {
        EXPECT_FALSE(step.what.empty() || step.argv.empty()) << set.label;
        for (const std::string& word : step.argv)
          told_where |= word.find("/scratch/data") != std::string::npos;
      }
      EXPECT_TRUE(told_where) << set.label;
    }
  }
  for (const BackupKind kind :
       {BackupKind::full, BackupKind::differential, BackupKind::incremental, BackupKind::dump}) {
    const auto step = catalog_->backup(kind);
    EXPECT_TRUE(step ? !step->what.empty() && !step->argv.empty()
                     : step.error().code == core::Errc::unsupported);
  }
  const auto plan = catalog_->fetch_wal();
  ASSERT_EQ(plan.has_value(), listing.archives_wal);
  if (!plan) {
    EXPECT_EQ(plan.error().code, core::Errc::unsupported);
  } else {
    const auto holds = [&](const char* word) {
      return std::find(plan->argv.begin(), plan->argv.end(), word) != plan->argv.end();
    };
    EXPECT_TRUE(holds("%f") && holds("%p"));
    EXPECT_FALSE(plan->absent_codes.empty());
    for (const int code : plan->absent_codes) EXPECT_TRUE(code > 0 && code < 126) << code;
  }
  EXPECT_EQ(world_.machine.processes.starts().size(), started);
  EXPECT_EQ(everything_in(world_.scratch.path()), before) << "and listing changes nothing either";
}

TEST_P(CatalogContract, ABackupThatDidNotEndIsNotRestored) {
  for (BackupSet set : well().sets) {
    set.complete = false;
    EXPECT_FALSE(catalog_->restore(set, "/scratch/data", false)) << set.label;
  }
}

TEST_P(CatalogContract, AskedTwiceItSaysTheSame) {
  const std::string first = shown(list());
  EXPECT_EQ(shown(list()), first);
  EXPECT_EQ(shown(list(world_, *make(world_, world_.machine.tools))), first);
  EXPECT_FALSE(catalog_->target().empty());
}

TEST_P(CatalogContract, BadConfigurationIsRefusedAndTheKeyNamed) {
  ASSERT_FALSE(scene().bad.empty());
  auto bad = scene().bad;
  bad.push_back({"{nonsense: true}", "nonsense"});
  for (const BadValue& value : bad) {
    const std::string text =
        "service: {name: a}\nrecovery:\n  catalogs:\n    - " + GetParam() + ": " + value.yaml + "\n";
    const auto loaded = config::load_text("bad.yaml", text, catalogs_kind(), config::empty_environment());
    EXPECT_FALSE(loaded) << value.yaml;
    EXPECT_NE(loaded.report.text().find(value.names), std::string::npos) << value.yaml << "\n"
                                                                         << loaded.report.text();
    EXPECT_NE(loaded.report.text().find("bad.yaml:"), std::string::npos) << loaded.report.text();
  }
}

TEST_P(CatalogContract, OnTheRealMachineItLeavesNoChildAndNoDescriptor) {
  world_.put("hangs", "#!/bin/sh\nsleep 60 &\nsleep 60\n");
  const std::string program = world_.scratch / "hangs";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const Maker make_real = *maker(world_, scene().programs.empty() ? "" : program);
  const auto ask = [&](int times) {
    async::run_here([&](async::Executor) -> core::Task<void> {
      const auto clock = os::make_clock();
      const auto pool = async::make_thread_pool(1);
      const auto processes = os::make_processes();
      const catalogs::Tools tools{*clock, *pool, *world_.machine.files, *processes};
      const auto catalog = make_real(tools);
      for (int time = 0; time < times; ++time) {
        const core::Instant asked = clock->now();
        const Listed listed = co_await catalog->list(200ms);
        EXPECT_LT(clock->now() - asked, 5s);
        const bool all_hang = scene().programs.size() == 1;
        EXPECT_TRUE(!all_hang || promises_nothing(listed)) << shown(listed);
      }
    });
  };
  ask(1);
  const std::size_t before = open_descriptors();
  ask(4);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(children_of_ours(), "");
}

INSTANTIATE_TEST_SUITE_P(Shelf, CatalogContract, testing::ValuesIn(names_on<Maker>(shelf())),
                         [](const auto& entry) { return entry.param; });
