// The catalog of Barman against the real one.
#include "agent/catalogs/barman/barman.hpp"
#include "tests/integration/backup_lab.hpp"

#include <unistd.h>

#include <gmock/gmock.h>

using namespace outrider;
using namespace outrider::catalogs;

namespace {

void what_it_cannot_read_is_unknown(lab::Lab& lab, Catalog& catalog, const std::string& home) {
  const auto fetch = [&] {
    return lab::fetch(*catalog.fetch_wal(), "0000000100000000000000F0", lab / "fetched", lab / "copy").code;
  };
  EXPECT_EQ(fetch(), 1);
  lab::must("chmod 0 " + home + "/main/wals");
  EXPECT_GT(fetch(), 1);
  lab::must("chmod 755 " + home + "/main/wals; mv " + home + " " + home + ".gone");
  EXPECT_GT(fetch(), 1);
  const auto gone = lab.list(catalog);  // to Barman itself that is a server without backups, and exit 0
  EXPECT_TRUE(!gone || (!gone->sets_known && !gone->wal_known));
}

}  // namespace

TEST(RealBarman, WhatItListsIsRestoredAndReplayedAndWhatItCannotReadIsUnknown) {
  const std::string why = lab::missing({"/usr/bin/barman", std::string(lab::binaries) + "pg_basebackup"});
  if (!why.empty()) GTEST_SKIP() << why;
  lab::Lab lab;
  const std::string home = lab / "home";
  const std::string config = lab / "barman.conf";
  const std::string tool = "barman --config " + config + " ";
  const std::string incoming = home + "/main/incoming";
  lab::must("mkdir -p " + incoming + " " + lab / "far");
  lab::must("cat > " + config + " <<'END'\n[barman]\nbarman_home=" + home +
            "\nbarman_user=" + lab::must("id -un") + "\nlog_file=" + lab / "barman.log" +
            "\ncompression=gzip\nconfiguration_files_directory=" + lab / "none" +
            "\n[main]\ndescription=x\nbackup_method=postgres\narchiver=on\npath_prefix=" + lab::binaries +
            "\nconninfo=host=" + lab / "sock" + " user=postgres dbname=postgres\nstreaming_conninfo=host=" +
            lab / "sock" + " user=postgres dbname=postgres\nEND");
  lab.start_cluster("test ! -f " + incoming + "/%f && cp %p " + incoming + "/%f");
  lab::must(tool + "-q cron");
  lab.sql("create tablespace far location '" + lab / "far" + "'");
  lab.sql("create table canary(id int) tablespace far; insert into canary values (1)");
  const auto archive = [&] {
    lab.switch_wal();
    for (int turn = 0; turn < 50; ++turn) {
      lab::run(tool + "-q archive-wal main");
      if (lab::must("ls " + incoming).empty()) return;
      ::usleep(200'000);
    }
  };
  archive();
  lab::must(tool + "-q backup main");
  lab.sql("insert into canary values (2)");
  archive();
  lab.sql("insert into canary values (3)");
  archive();

  const auto made = barman::make_catalog({"main", config, home, "/usr/bin/barman"}, lab.tools());
  const auto listing = lab.list(*made);
  ASSERT_TRUE(listing) << listing.error().what;
  ASSERT_EQ(listing->sets.size(), 1u);
  EXPECT_TRUE(listing->sets[0].complete) << listing->sets[0].trouble;
  EXPECT_THAT(listing->troubles, testing::IsEmpty());
  EXPECT_EQ(std::to_string(listing->system_id.value_or(0)),
            lab.sql("select system_identifier from pg_control_system()"));
  EXPECT_GE(listing->wal.size(), 3u);

  const std::string far = lab::must("find " + lab / "far" + " -printf '%p %s %t %i\\n' | sort");
  const std::string copy = lab / "copy";
  lab.restore(*made, listing->sets[0], copy, false);
  EXPECT_EQ(lab.recover_and_ask(copy, *made->fetch_wal(),
                                "select string_agg(id::text, ',' order by id) from canary"),
            "1,2,3")
      << lab::run("tail -20 " + copy + ".log").text;
  lab.stop(copy);
  EXPECT_EQ(lab::must("find " + lab / "far" + " -printf '%p %s %t %i\\n' | sort"), far);
  what_it_cannot_read_is_unknown(lab, *made, home);
}
