// The catalog of pgBackRest against the real one and a real server.
#include "agent/catalogs/pgbackrest/pgbackrest.hpp"
#include "agent/wal/inflate/inflate.hpp"
#include "tests/integration/backup_lab.hpp"

#include <algorithm>

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::catalogs;
using testing::Contains;
using testing::HasSubstr;

namespace {

class RealPgBackRest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why = lab::missing({"/usr/bin/pgbackrest", std::string(lab::binaries) + "initdb"});
    if (!why.empty()) GTEST_SKIP() << why;
  }

  // Encrypted and compressed, with every option in its configuration that could lead a restore astray.
  void bring_up() {
    lab::must("mkdir " + lab_ / "repo" + " " + lab_ / "far");
    write_configuration("repo1-path=" + lab_ / "repo", "sesame");
    lab_.start_cluster("pgbackrest --config=" + config_ + " --stanza=it archive-push %p");
    pgbackrest("stanza-create");
    lab_.sql("create tablespace far location '" + lab_ / "far" + "'");
    lab_.sql("create table canary(id int) tablespace far; insert into canary values (1)");
    lab_.sql("alter system set restore_command = '/bin/false'");
    lab_.sql("alter system set recovery_target_name = 'nowhere'");
    pgbackrest("--type=full backup");
    lab_.sql("insert into canary values (2)");
    pgbackrest("--type=diff backup");
    lab_.sql("insert into canary values (3)");
    lab_.switch_wal();
  }

  void write_configuration(const std::string& repository, const std::string& passphrase) {
    lab::must("cat > " + config_ + " <<'END'\n[global]\n" + repository +
              "\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=" + passphrase + "\nlog-path=" +
              lab_ / "log" + "\nlock-path=" + lab_ / "lock" + "\nspool-path=" + lab_ / "spool" +
              "\ncompress-type=zst\nstart-fast=y\narchive-async=y\ndelta=y\n[global:restore]\nlink-all="
              "y\nlink-map=pg_wal=" +
              lab_ / "astray" + "\ntablespace-map=far=" + lab_ / "astray" +
              "\ndb-include=nosuch\nrecovery-option=" + "primary_conninfo=host=astray\n[it]\npg1-path=" +
              lab_ / "data" + "\npg1-socket-path=" + lab_ / "sock" + "\npg1-user=postgres\nEND");
  }

  void pgbackrest(const std::string& words) {
    lab::must("pgbackrest --config=" + config_ + " --stanza=it --log-level-console=warn " + words);
  }

  std::unique_ptr<Catalog> catalog(const std::string& stanza = "it") {
    pgbackrest::Settings settings;
    settings.stanza = stanza;
    settings.config = config_;
    return pgbackrest::make_catalog(settings, lab_.tools());
  }

  lab::Lab lab_;
  std::string config_ = lab_ / "pgbackrest.conf";
};

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_F(RealPgBackRest, WhatItListsIsRestoredReplayedAndAskedAndNothingElseIsTouched) {
  bring_up();
  const auto made = catalog();
  const auto listing = lab_.list(*made);
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_THAT(listing->tool, HasSubstr("pgbackrest 2."));
  EXPECT_EQ(std::to_string(listing->system_id.value_or(0)),
            lab_.sql("select system_identifier from pg_control_system()"));
  ASSERT_EQ(listing->sets.size(), 2u);
  EXPECT_EQ(listing->sets[1].kind, BackupKind::differential);
  EXPECT_EQ(listing->sets[1].references, std::vector<std::string>{listing->sets[0].label});
  EXPECT_TRUE(listing->wal_known);

  // Each archived segment can be read, inflated, and has the size and sum that its name promises.
  std::size_t segments = 0;
  for (const ArchivedFile& file : listing->wal) {
    if (file.sha1.empty()) continue;
    ++segments;
    const auto stored = lab_.read_wal(*made, file);
    ASSERT_TRUE(stored) << stored.error().what;
    const auto plain = wal::inflate(*stored, 64 << 20);
    ASSERT_TRUE(plain) << plain.error().what;
    EXPECT_EQ(plain->size(), 16u << 20) << file.name;
  }
  EXPECT_GE(segments, 4u);

  const auto locks_before = files_below(lab_ / "lock");
  const auto logs_before = files_below(lab_ / "log");
  const auto far_before = files_below(lab_ / "far");
  const std::string copy = lab_ / "scratch";
  lab_.restore(*made, listing->sets[1], copy, false);
  EXPECT_EQ(lab_.recover_and_ask(copy, *made->fetch_wal(),
                                 "select string_agg(id::text, ',' order by id) from canary"),
            "1,2,3");
  lab_.stop(copy);
  lab_.restore(*made, listing->sets[0], copy, true);  // over what the last one left, an older set this time
  EXPECT_EQ(lab_.recover_and_ask(copy, *made->fetch_wal(),
                                 "select string_agg(id::text, ',' order by id) from canary"),
            "1,2,3");
  lab_.stop(copy);
  EXPECT_FALSE(std::filesystem::exists(lab_ / "astray")) << "the configuration's maps were followed";
  EXPECT_EQ(files_below(lab_ / "lock"), locks_before);
  EXPECT_EQ(files_below(lab_ / "log"), logs_before);
  EXPECT_EQ(files_below(lab_ / "far"), far_before);
  EXPECT_EQ(lab_.sql("select count(*) from canary"), "3") << "the source must not have noticed";
}

TEST_F(RealPgBackRest, OnlyAFileThatIsTrulyNotThereIsAbsent) {
  bring_up();
  const auto made = catalog();
  const auto plan = made->fetch_wal();
  const std::string to = lab_ / "fetched";
  const std::string data = lab_ / "data";
  const auto code = [&](const std::string& name) { return lab::fetch(*plan, name, to, data).code; };
  EXPECT_EQ(code("000000010000000000000001"), 0);
  EXPECT_EQ(std::filesystem::file_size(to), 16u << 20);
  EXPECT_EQ(code("0000000100000000000000F0"), 1);
  EXPECT_EQ(code("00000009.history"), 1);

  const auto trouble = [&](const std::string& what, const std::string& ruin, const std::string& mend) {
    lab::must(ruin);
    const lab::Said said = lab::fetch(*plan, "000000010000000000000002", to, data);
    EXPECT_GT(said.code, 1) << what << said.text;
    lab::must(mend);
  };
  const std::string archive = lab_ / "repo/archive/it/15-1/0000000100000000";
  trouble("a folder that may not be read", "chmod 0 " + archive, "chmod 750 " + archive);
  trouble("a repository that is not there", "mv " + lab_ / "repo" + " " + lab_ / "gone",
          "mv " + lab_ / "gone" + " " + lab_ / "repo");
  trouble("a broken segment",
          "cp -a " + archive + " " + lab_ / "kept" + "; printf xxxxx | dd of=$(ls " + archive +
              "/000000010000000000000002-*) bs=1 seek=200 conv=notrunc status=none",
          "rm -r " + archive + "; mv " + lab_ / "kept" + " " + archive);
  write_configuration("repo1-path=" + lab_ / "repo", "another");
  EXPECT_GT(code("000000010000000000000002"), 1) << "a wrong passphrase";
  write_configuration("repo1-path=" + lab_ / "repo", "sesame");
  lab::must(lab::binaries + ("initdb -N -D " + lab_ / "other") + " -U postgres");
  EXPECT_GT(lab::fetch(*plan, "000000010000000000000002", to, lab_ / "other").code, 1)
      << "another cluster's copy";
  EXPECT_EQ(code("000000010000000000000002"), 0) << "and all is well again";
}

TEST_F(RealPgBackRest, WhatCannotBeReadIsUnknownWithASentence) {
  bring_up();
  const std::string repository = lab_ / "repo";
  const auto broken = [&](const std::string& ruin, const std::string& mend) {
    lab::must(ruin);
    auto listing = lab_.list(*catalog());
    lab::must(mend);
    ASSERT_TRUE(listing) << ruin << listing.error().what;
    EXPECT_FALSE(listing->sets_known) << ruin;
    EXPECT_FALSE(listing->troubles.empty()) << ruin;
    EXPECT_FALSE(listing->wal_known && listing->wal.empty()) << ruin;
  };
  broken("chmod 0 " + repository, "chmod 750 " + repository);
  broken("mv " + repository + " " + repository + ".gone", "mv " + repository + ".gone " + repository);
  broken("mv " + repository + "/backup/it/backup.info /tmp/; mv " + repository + "/backup/it " + repository +
             "/it",
         "mv " + repository + "/it " + repository + "/backup/it; mv /tmp/backup.info " + repository +
             "/backup/it/");
  write_configuration("repo1-path=" + repository, "another");
  const auto locked = lab_.list(*catalog());
  ASSERT_TRUE(locked) << locked.error().what;
  EXPECT_FALSE(locked->sets_known);
  write_configuration("repo1-path=" + repository, "sesame");
  const auto absent = lab_.list(*catalog("nosuch"));
  ASSERT_TRUE(absent);
  EXPECT_THAT(absent->troubles, Contains(HasSubstr("finds no stanza nosuch")));
  EXPECT_FALSE(lab_.list(*catalog("it"))->sets.empty());
}

TEST_F(RealPgBackRest, APageDamagedWhileBackedUpIsNamed) {
  bring_up();
  lab_.sql("create table hurt as select generate_series(1, 1000) as id; checkpoint");
  const std::string file = lab_.sql("select pg_relation_filepath('hurt')");
  lab::must("printf garbage | dd of=" + lab_ / "data/" + file + " bs=1 seek=3000 conv=notrunc status=none");
  const auto step = catalog()->backup(BackupKind::incremental);
  ASSERT_TRUE(step);
  EXPECT_EQ(lab::run_argv(step->argv).code, 0) << "it calls that a success";
  const auto listing = lab_.list(*catalog());
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->sets.size(), 3u);
  EXPECT_TRUE(listing->sets.back().damaged);
  EXPECT_THAT(listing->sets.back().trouble, HasSubstr(file));
  EXPECT_FALSE(listing->sets.front().damaged);
}

TEST_F(RealPgBackRest, AfterAPromotionHistoryAndPartialAreListed) {
  bring_up();
  lab::must(lab::binaries + ("pg_ctl -D " + lab_ / "data") + " -s -m fast stop");
  lab::must("sed -i '/restore_command\\|recovery_target/d' " + lab_ / "data/postgresql.auto.conf" +
            "; touch " + lab_ / "data/standby.signal");
  lab::must(lab::binaries + ("pg_ctl -D " + lab_ / "data") + " -s -w -l " + lab_ / "server.log" + " start");
  lab::must(lab::binaries + ("pg_ctl -D " + lab_ / "data") + " -s -w promote");
  lab_.sql("insert into canary values (4)");
  lab_.switch_wal();
  const auto listing = lab_.list(*catalog());
  ASSERT_TRUE(listing);
  std::vector<std::string> names;
  for (const ArchivedFile& file : listing->wal) names.push_back(file.name);
  EXPECT_THAT(names, Contains("00000002.history"));
  EXPECT_THAT(names, Contains(testing::StartsWith("0000000200000000")));
}
