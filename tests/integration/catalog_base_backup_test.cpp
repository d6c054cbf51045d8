// The catalog of pg_basebackup's outputs against the real one: each format is listed, restored and replayed.
#include "agent/catalogs/base_backup/base_backup.hpp"
#include "tests/integration/backup_lab.hpp"

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::catalogs;

TEST(RealBaseBackup, EveryFormatIsListedRestoredAndReplayedAndNothingElseIsTouched) {
  const std::string why = lab::missing({std::string(lab::binaries) + "pg_basebackup"});
  if (!why.empty()) GTEST_SKIP() << why;
  lab::Lab lab;
  const std::string wal = lab / "wal";
  lab::must("mkdir " + wal + " " + lab / "base" + " " + lab / "far" + " " + lab / "far-copy");
  lab.start_cluster("test ! -f " + wal + "/%f && gzip < %p > " + wal + "/%f.new && mv " + wal + "/%f.new " +
                    wal + "/%f");
  lab.sql("create tablespace far location '" + lab / "far" + "'");
  lab.sql("create table canary(id int) tablespace far; insert into canary values (1)");
  const std::string take =
      lab::binaries + ("pg_basebackup -c fast -h " + lab / "sock") + " -U postgres -D " + lab / "base/";
  lab::must(take + "plain -R --tablespace-mapping=" + lab / "far" + "=" + lab / "far-copy");
  lab::must(take + "tar -Ft -X none");
  lab::must(take + "gz -Ft -z");
  lab::must(take + "zst -Ft --compress=client-zstd:1");
  lab::must(take + "lz4 -Ft --compress=server-lz4");
  lab.sql("insert into canary values (2)");
  lab.switch_wal();
  lab.sql("insert into canary values (3)");
  lab.switch_wal();

  const auto made = base_backup::make_catalog({lab / "base", wal}, lab.tools());
  const auto listing = lab.list(*made);
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_TRUE(listing->troubles.empty());
  ASSERT_EQ(listing->sets.size(), 5u);
  EXPECT_EQ(std::to_string(listing->system_id.value_or(0)),
            lab.sql("select system_identifier from pg_control_system()"));
  for (const ArchivedFile& file : listing->wal) {
    EXPECT_EQ(file.compressed, file.name.size() == 24) << file.name << ": gzip without a suffix";
  }
  const std::string far_copy =
      lab::must("find " + lab / "far-copy" + " " + lab / "far" + " -printf '%p %s %t\\n' | sort");
  for (const BackupSet& set : listing->sets) {
    EXPECT_TRUE(set.complete) << set.label;
    EXPECT_FALSE(set.damaged) << set.label << set.trouble;
    EXPECT_EQ(lab::must("ls " + wal + "/" + set.first_wal), wal + "/" + set.first_wal);
    EXPECT_EQ(lab::must("ls " + wal + "/" + set.last_wal), wal + "/" + set.last_wal);
    const std::string copy = lab / ("copy-" + set.label);
    lab.restore(*made, set, copy, false);
    lab.restore(*made, set, copy, true);
    EXPECT_EQ(lab.recover_and_ask(copy, *made->fetch_wal(),
                                  "select string_agg(id::text, ',' order by id) from canary"),
              "1,2,3")
        << set.label << lab::run("tail -20 " + copy + ".log").text;
    EXPECT_EQ(lab::must("find " + copy + " -type l -not -lname '" + copy + "-beside/*'"), "")
        << "it leads out";
    lab.stop(copy);
  }
  EXPECT_EQ(lab::must("find " + lab / "far-copy" + " " + lab / "far" + " -printf '%p %s %t\\n' | sort"),
            far_copy);
}
