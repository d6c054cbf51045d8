#include "agent/catalogs/walg/walg.hpp"

#include "agent/catalogs/tool_world.hpp"
#include "agent/catalogs/walg/backups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const std::string full = "base_000000010000000000000004";
const std::string delta = "base_000000010000000000000007_D_000000010000000000000004";

class WalG : public testing::Test {
 protected:
  WalG() {
    backups_ = {0, world_.fixture("walg/fixtures/backup-list.json"), {}};
    sentinel_ = {0, world_.fixture("walg/fixtures/sentinel.json"), {}};
    ls_ = {0, world_.fixture("walg/fixtures/st-ls.txt"), {}};
    world_.program("/usr/local/bin/wal-g", [this](const std::vector<std::string>& argv) {
      if (testing::Value(argv, Contains("--version"))) return ToolAnswer{0, "wal-g version v2.0.1\n", {}};
      if (testing::Value(argv, Contains("backup-list"))) return backups_;
      return testing::Value(argv, Contains("ls")) ? ls_ : sentinel_;
    });
  }
  core::Outcome<Listing> list() { return world_.wait(catalog_->list(10s)); }

  ToolWorld world_;
  ToolAnswer backups_, sentinel_, ls_;
  std::unique_ptr<Catalog> catalog_ =
      walg::make_catalog({"/etc/wal-g.json", "/usr/local/bin/wal-g"}, world_.tools);
};

}  // namespace

TEST_F(WalG, ReadsTheListAndTheLayout) {
  const auto listing = list();
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_THAT(listing->troubles, testing::IsEmpty());
  EXPECT_EQ(listing->tool, "wal-g version v2.0.1");
  ASSERT_EQ(listing->sets.size(), 2u);
  const BackupSet& set = listing->sets[0];
  EXPECT_EQ(set.label, full);
  EXPECT_TRUE(set.complete);
  EXPECT_EQ(set.start_lsn->text(), "0/4000028");
  EXPECT_EQ(set.stop_lsn->text(), "0/4000110");
  EXPECT_EQ(set.first_wal, "000000010000000000000004");
  EXPECT_EQ(set.system_id, 7710645655283400656ULL);
  EXPECT_EQ(set.stored_bytes, 3100200u);
  EXPECT_EQ(set.stopped - set.started, 10'257'444us);
  EXPECT_EQ(listing->sets[1].kind, BackupKind::incremental);
  EXPECT_THAT(listing->sets[1].references, ElementsAre(full));
  ASSERT_EQ(listing->wal.size(), 5u);
  EXPECT_EQ(listing->wal[0].name, "000000010000000000000004");
  EXPECT_EQ(listing->wal[0].object, "wal_005/000000010000000000000004.lz4");
  EXPECT_EQ(listing->wal[0].stored_bytes, 65733u);
  EXPECT_EQ(listing->wal[0].stored, core::WallTime(1'795'274'710'500ms));
  EXPECT_EQ(listing->wal[3].name, "000000010000000000000006");
  EXPECT_TRUE(listing->wal[3].compressed);
  EXPECT_EQ(listing->wal[4].name, "00000002.history");
}

TEST_F(WalG, NoBackupIsUnknownSinceItSaysSoOfAStorageItCannotRead) {
  for (const std::string said : {"", "[]", "{}", "INFO: no backups found\n"}) {
    backups_ = {0, said, "INFO: 2026/11/21 16:00:00 No backups found\n"};
    const auto listing = list();
    ASSERT_TRUE(listing);
    EXPECT_FALSE(listing->sets_known) << said;
    EXPECT_FALSE(listing->troubles.empty()) << said;
  }
  backups_ = {1, "", "ERROR: 2026/11/21 16:00:00 failed to list\n"};
  EXPECT_THAT(list().error().what, HasSubstr("failed to list"));
}

TEST_F(WalG, AListingOfWalThatIsNoneIsUnknown) {
  for (const ToolAnswer& said :
       {ToolAnswer{1, "", "ERROR: no\n"}, ToolAnswer{0, "", ""}, ToolAnswer{0, "x", ""}}) {
    ls_ = said;
    const auto listing = list();
    ASSERT_TRUE(listing);
    EXPECT_FALSE(listing->wal_known);
    EXPECT_TRUE(listing->sets_known);
  }
}

TEST_F(WalG, ADeltaWithoutItsBaseIsNotComplete) {
  const auto lost =
      walg::read_backups(R"([{"backup_name": "base_0A_D_09", "finish_time": "2026-11-21T15:25:19Z",
      "finish_lsn": "0/4000110"}, {"backup_name": "--all", "finish_time": "2026-11-21T15:25:19Z"},
      {"backup_name": "base_0B"}])");
  ASSERT_TRUE(lost);
  ASSERT_EQ(lost->size(), 2u) << "what is no name of a backup is left out";
  for (const BackupSet& set : *lost) {
    EXPECT_FALSE(set.complete) << set.label;
    EXPECT_FALSE(set.trouble.empty()) << set.label;
  }
}

TEST_F(WalG, ABackupIsRestoredOnlyWhenItIsKnownToHaveNoTablespaces) {
  sentinel_.code = 1;
  BackupSet set = list()->sets.at(0);
  EXPECT_EQ(catalog_->restore(set, "/scratch/data", false).error().code, core::Errc::unavailable);
  sentinel_ = {0, R"({"LSN": 1, "Spec": {"base_prefix": "/x", "tablespaces": ["16384"]}})", ""};
  set = list()->sets.at(0);
  EXPECT_EQ(catalog_->restore(set, "/scratch/data", false).error().code, core::Errc::unsupported);
  EXPECT_TRUE(
      walg::has_no_tablespaces(R"({"LSN": 1, "Spec": {"base_prefix": "/x", "tablespaces": []}})").value());
  EXPECT_FALSE(walg::has_no_tablespaces("{}")) << "it is no sentinel";
}

TEST_F(WalG, RestoresIntoAnEmptyFolderAndFetchesAlone) {
  const BackupSet set = list()->sets.at(1);
  const auto steps = catalog_->restore(set, "/scratch/data", true);
  ASSERT_TRUE(steps) << steps.error().what;
  EXPECT_THAT(steps->at(2).argv, ElementsAre("/usr/local/bin/wal-g", "--config", "/etc/wal-g.json",
                                             "backup-fetch", "/scratch/data", delta));
  const auto plan = catalog_->fetch_wal();
  EXPECT_THAT(plan->argv,
              ElementsAre("/usr/local/bin/wal-g", "--config", "/etc/wal-g.json", "wal-fetch", "%f", "%p"));
  EXPECT_THAT(plan->absent_codes, ElementsAre(74));
  EXPECT_THAT(plan->environment, ElementsAre("WALG_DOWNLOAD_CONCURRENCY=1"));
}
