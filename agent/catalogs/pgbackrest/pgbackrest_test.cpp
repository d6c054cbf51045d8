#include "agent/catalogs/pgbackrest/pgbackrest.hpp"

#include "agent/catalogs/tool_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

class PgBackRest : public testing::Test {
 protected:
  PgBackRest() {
    say("version", 0, "pgBackRest 2.45\n");
    say("info", 0, world_.fixture("pgbackrest/fixtures/info-damaged.json"));
    say("repo-ls", 0, world_.fixture("pgbackrest/fixtures/repo-ls.json"));
    say("expire", 0, "P00   INFO: [DRY-RUN] expire command begin 2.45: --dry-run --repo1-retention-full=2\n");
    world_.program("/usr/bin/pgbackrest", [this](const std::vector<std::string>& argv) {
      asked_.push_back(argv);
      const bool of_one_set = testing::Value(argv, Contains(HasSubstr("--set=")));
      for (const auto& [word, answer] : answers_) {
        if (testing::Value(argv, Contains(word)) && !of_one_set) return answer;
      }
      return ToolAnswer{0, world_.fixture("pgbackrest/fixtures/info-damaged-set.json"), {}};
    });
    settings_.stanza = "it";
    settings_.config = "/etc/pgbackrest/pgbackrest.conf";
  }

  void say(const std::string& word, int code, std::string output, std::string errors = {}) {
    answers_[word] = ToolAnswer{code, std::move(output), std::move(errors)};
  }

  core::Outcome<Listing> list() { return world_.wait(catalog()->list(10s)); }
  std::unique_ptr<Catalog> catalog() { return pgbackrest::make_catalog(settings_, world_.tools); }

  ToolWorld world_;
  pgbackrest::Settings settings_;
  std::map<std::string, ToolAnswer> answers_;
  std::vector<std::vector<std::string>> asked_;
};

}  // namespace

TEST_F(PgBackRest, ListsSetsAndWal) {
  const auto listing = list();
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->tool, "pgbackrest 2.45");
  EXPECT_EQ(listing->sets.size(), 4u);
  EXPECT_EQ(listing->wal.size(), 15u);
  EXPECT_TRUE(listing->sets_known);
  EXPECT_TRUE(listing->wal_known);
  EXPECT_TRUE(listing->archives_wal);
  EXPECT_THAT(listing->sets[3].trouble, HasSubstr("base/5/1259")) << "asked for by name";
}

TEST_F(PgBackRest, AsksWhichRetentionIsInForceUnderALockOfItsOwn) {
  auto listing = list();
  ASSERT_TRUE(listing && listing->retention);
  EXPECT_EQ(listing->retention->fulls, 2u);
  const auto rehearsal = std::find_if(asked_.begin(), asked_.end(), [](const auto& argv) {
    return testing::Value(argv, Contains("expire"));
  });
  ASSERT_NE(rehearsal, asked_.end());
  EXPECT_THAT(*rehearsal, testing::AllOf(Contains("--dry-run"), Contains(HasSubstr("--lock-path="))));

  say("expire", 27, "", "ERROR: [027]: expire command must be run on the repository host\n");
  listing = list();
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->retention) << "unknown, and no fault of the archive";
  EXPECT_TRUE(listing->troubles.empty());
}

TEST_F(PgBackRest, AnUnreadableArchiveIsUnknownNotEmpty) {
  say("repo-ls", 41, "",
      "ERROR: [041]: unable to get info for path/file '/r/archive/it': [13] Permission denied\n");
  const auto listing = list();
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->wal_known);
  EXPECT_THAT(listing->troubles, ElementsAre(HasSubstr("Permission denied")));
}

TEST_F(PgBackRest, AMissingStanzaIsUnknownThoughTheListingIsEmpty) {
  say("info", 0, world_.fixture("pgbackrest/fixtures/info-no-stanza.json"));
  say("repo-ls", 0, R"({".":{"type":"path"}})");
  settings_.stanza = "nosuch";
  const auto listing = list();
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->sets_known);
  EXPECT_FALSE(listing->wal_known);
}

TEST_F(PgBackRest, AProgramThatSaysNoOrIsNotThereIsAnErrorWithAHint) {
  say("info", 37, "", "ERROR: [037]: info command requires option: stanza\n");
  auto listing = list();
  ASSERT_FALSE(listing);
  EXPECT_THAT(listing.error().what, HasSubstr("ERROR: [037]"));
  EXPECT_FALSE(listing.error().hint.empty());
  settings_.command = "/nowhere/pgbackrest";
  listing = list();
  ASSERT_FALSE(listing);
  EXPECT_FALSE(listing.error().hint.empty());
}

TEST_F(PgBackRest, ReadsWalThroughTheToolAndTellsAbsentFromTrouble) {
  ArchivedFile file;
  file.name = "000000010000000000000001";
  file.object = "archive/it/15-1/0000000100000000/000000010000000000000001-x.zst";
  say("repo-get", 0, std::string("\x28\xb5\x2f\xfd\0", 5));
  EXPECT_EQ(world_.wait(catalog()->read_wal(file, 1000, 5s)).value(), std::string("\x28\xb5\x2f\xfd\0", 5));
  EXPECT_THAT(world_.last_argv, Contains(file.object));
  say("repo-get", 1, "");
  EXPECT_EQ(world_.wait(catalog()->read_wal(file, 1000, 5s)).error().code, core::Errc::not_found);
  say("repo-get", 55, "", "ERROR: [055]: unable to open missing file '/etc/pgbackrest.conf' for read\n");
  EXPECT_EQ(world_.wait(catalog()->read_wal(file, 1000, 5s)).error().code, core::Errc::refused);
  say("repo-get", 0, std::string(1001, 'x'));
  EXPECT_EQ(world_.wait(catalog()->read_wal(file, 1000, 5s)).error().code, core::Errc::exhausted);
}

TEST_F(PgBackRest, ARestoreWritesNowhereButWhereItWasTold) {
  BackupSet set;
  set.label = "20261121-144105F";
  set.complete = true;
  const auto steps = catalog()->restore(set, "/scratch/data", false);
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 1u);
  const auto& argv = steps->front().argv;
  for (const char* word :
       {"--set=20261121-144105F", "--pg1-path=/scratch/data", "--type=none", "--archive-mode=off",
        "--reset-link-map", "--reset-tablespace-map", "--no-link-all", "--no-delta", "--repo=1",
        "--tablespace-map-all=/scratch/data-beside/tablespaces", "--log-level-file=off",
        "--lock-path=/scratch/data-beside/lock"})
    EXPECT_THAT(argv, Contains(word));
  EXPECT_EQ(argv.back(), "restore");
  EXPECT_THAT(catalog()->restore(set, "/scratch/data", true)->front().argv, Contains("--delta"));
  set.complete = false;
  EXPECT_FALSE(catalog()->restore(set, "/scratch/data", true));
}

TEST_F(PgBackRest, FetchesOneFileAtATimeAndOnlyOneMeansAbsent) {
  const auto plan = catalog()->fetch_wal();
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->absent_codes, ElementsAre(1));
  EXPECT_THAT(plan->argv, Contains("--no-archive-async"));
  EXPECT_THAT(plan->argv, Contains("--pg1-path=%d"));
  EXPECT_EQ(plan->argv[plan->argv.size() - 2], "%f");
  EXPECT_EQ(plan->argv.back(), "%p");
}

TEST_F(PgBackRest, TakesTheBackupThatIsAskedFor) {
  EXPECT_THAT(catalog()->backup(BackupKind::differential)->argv, Contains("--type=diff"));
  EXPECT_THAT(catalog()->backup(BackupKind::full)->argv, Contains("--type=full"));
  EXPECT_THAT(catalog()->backup(BackupKind::incremental)->argv, Contains("--type=incr"));
  EXPECT_EQ(catalog()->backup(BackupKind::dump).error().code, core::Errc::unsupported);
  settings_.config.clear();
  EXPECT_THAT(catalog()->backup(BackupKind::full)->argv, Not(Contains(HasSubstr("--config"))))
      << "else conf.d would not be read";
  EXPECT_EQ(catalog()->target(), "pgbackrest stanza it");
}
