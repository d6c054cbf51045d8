#include "agent/catalogs/barman/barman.hpp"

#include "agent/catalogs/barman/backups.hpp"
#include "agent/catalogs/tool_world.hpp"
#include "agent/os/scratch.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::catalogs;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const std::string label = "20261121T152509";  // of the recorded one

class Barman : public testing::Test {
 protected:
  Barman() {
    list_says_ = {0, world_.fixture("barman/fixtures/list-backup.json"), {}};
    world_.program("/usr/bin/barman", [this](const std::vector<std::string>& argv) {
      return testing::Value(argv, Contains("--version"))
                 ? ToolAnswer{0, "3.4.0 Barman by EnterpriseDB (www.enterprisedb.com)\n", {}}
                 : list_says_;
    });
    put("base/" + label + "/backup.info", world_.fixture("barman/fixtures/backup.info"));
    put("base/" + label + "/data/PG_VERSION", "15\n");
    put("wals/xlog.db", "not to be trusted");
    put("wals/0000000100000000/000000010000000000000015", std::string("\x1f\x8b and so on"));
  }

  void put(const std::string& name, const std::string& content) {
    const std::filesystem::path path = scratch_ / ("main/" + name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  core::Outcome<Listing> list() { return world_.wait(catalog_->list(10s)); }

  os::Scratch scratch_;
  ToolWorld world_;
  ToolAnswer list_says_;
  std::unique_ptr<Catalog> catalog_ =
      barman::make_catalog({"main", "", scratch_.path(), "/usr/bin/barman"}, world_.tools);
};

}  // namespace

TEST_F(Barman, ReadsTheListTheInfoAndTheFolder) {
  const auto listing = list();
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->tool, "barman 3.4.0");
  EXPECT_THAT(listing->troubles, testing::IsEmpty());
  ASSERT_EQ(listing->sets.size(), 1u);
  const BackupSet& set = listing->sets[0];
  EXPECT_EQ(set.label, label);
  EXPECT_TRUE(set.complete);
  EXPECT_EQ(set.first_wal, "000000010000000000000015");
  EXPECT_EQ(set.last_wal, "000000010000000000000018");
  EXPECT_EQ(set.start_lsn->text(), "0/15000028");
  EXPECT_EQ(set.stop_lsn->text(), "0/18000050");
  EXPECT_EQ(set.system_id, 7710645655283400656ULL);
  EXPECT_EQ(set.database_bytes, 23278234u);
  EXPECT_EQ(core::WallTime(std::chrono::seconds(1795274724)), set.stopped);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(set.started),
            core::WallTime(std::chrono::seconds(1795274709)));
  ASSERT_EQ(listing->wal.size(), 1u);
  EXPECT_TRUE(listing->wal[0].compressed) << "by its first bytes: the name says nothing";
  EXPECT_EQ(listing->wal[0].object, "0000000100000000/000000010000000000000015");
}

TEST_F(Barman, OnlyDoneIsComplete) {
  for (const std::string status :
       {"EMPTY", "STARTED", "WAITING_FOR_WALS", "SYNCING", "FAILED", "OF_TOMORROW", ""}) {
    const auto read = barman::read_backups(
        R"({"main": [{"backup_id": "20261121T152509", "status": ")" + status + "\"}]}", "main");
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->at(0).set.complete) << status;
    EXPECT_FALSE(read->at(0).set.trouble.empty()) << status;
  }
}

TEST_F(Barman, WhatItCallsEmptyIsLookedAt) {
  list_says_.output = R"({"main": []})";
  auto listing = list();
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->sets_known) << "the folder holds one";
  std::filesystem::remove_all(scratch_ / "main");
  listing = list();
  ASSERT_TRUE(listing);
  EXPECT_FALSE(listing->sets_known);
  EXPECT_FALSE(listing->wal_known);
  EXPECT_EQ(listing->troubles.size(), 2u);
}

TEST_F(Barman, ErrorsInItsJsonAndTornOutputAreErrors) {
  for (const std::string text :
       {R"({"_EXCEPTION": ["[Errno 13] Permission denied: 'backup.info'\nSee log file"], "main": []})",
        R"({"_ERROR": ["Unknown server 'main'"]})", R"({"other": []})", R"({"main": {}})", "{\"main\": [",
        ""}) {
    EXPECT_FALSE(barman::read_backups(text, "main")) << text;
  }
  list_says_ = {1, R"({"_ERROR": ["Unknown server 'main'"]})", ""};
  EXPECT_THAT(list().error().what, HasSubstr("Unknown server"));
}

TEST_F(Barman, ASetWhoseDataAreGoneIsNotCompleteThoughItSaysSo) {
  std::filesystem::remove_all(scratch_ / ("main/base/" + label + "/data"));
  const auto listing = list();
  ASSERT_EQ(listing->sets.size(), 1u);
  EXPECT_FALSE(listing->sets[0].complete);
  EXPECT_THAT(listing->sets[0].trouble, HasSubstr("its data are not there"));
}

TEST_F(Barman, EveryTablespaceGetsANewPlace) {
  const auto listing = list();
  const auto steps = catalog_->restore(listing->sets.at(0), "/scratch/data", false);
  ASSERT_TRUE(steps);
  EXPECT_EQ(
      steps->front().argv,
      (std::vector<std::string>{"/usr/bin/barman", "recover", "--get-wal", "--no-retry", "--tablespace",
                                "far:/scratch/data-beside/tablespaces/far", "main", label, "/scratch/data"}));
  BackupSet unseen;
  unseen.label = "unseen";
  EXPECT_EQ(catalog_->restore(unseen, "/scratch/data", false).error().code, core::Errc::not_found);
  EXPECT_THAT(catalog_->fetch_wal()->absent_codes, ElementsAre(1));
  EXPECT_TRUE(catalog_->backup(BackupKind::full));
  EXPECT_EQ(catalog_->backup(BackupKind::incremental).error().code, core::Errc::unsupported);
}

TEST_F(Barman, TimesOfOtherZonesAreTheSameInstant) {
  BackupSet east, west;
  barman::take_backup_info("begin_time=2026-11-21 16:25:09.5+01:00\n", east);
  barman::take_backup_info("begin_time=2026-11-21 10:25:09.5-05:00\nerror=disk full\nbegin_wal=None\n", west);
  EXPECT_EQ(east.started, west.started);
  EXPECT_EQ(west.trouble, "disk full");
  EXPECT_EQ(west.first_wal, "");
}
