// The catalog of dumps against the real pg_dump: whole ones and ones that were cut off.
#include "agent/catalogs/dump/dump.hpp"
#include "tests/integration/backup_lab.hpp"

using namespace outrider;
using namespace outrider::catalogs;

TEST(RealDump, AWholeDumpIsCompleteAndACutOffOneIsNotInEveryFormat) {
  const std::string why = lab::missing({std::string(lab::binaries) + "pg_dump", "/usr/bin/pg_restore"});
  if (!why.empty()) GTEST_SKIP() << why;
  lab::Lab lab;
  lab.start_cluster("/bin/true");
  lab.sql("create table t as select i, md5(i::text) from generate_series(1, 50000) i");
  const std::string take = "cd " + lab.path() + " && mkdir -p dumps/whole dumps/torn && " + lab::binaries +
                           "pg_dump -h " + lab / "sock" + " -U postgres ";
  lab::must(take + "-Fc -f dumps/whole/custom");
  lab::must(take + "-Ft -f dumps/whole/x.tar");
  lab::must(take + "-Fd -f dumps/whole/folder");
  lab::must(take + "-f dumps/whole/x.sql");
  lab::must(
      "cd " + lab / "dumps" + " && gzip -k whole/x.sql && for f in custom x.tar x.sql x.sql.gz; do " +
      "head -c $(($(stat -c %s whole/$f) / 2)) whole/$f > torn/$f; done; cp -r whole/folder torn/folder; " +
      "f=$(ls -S torn/folder/*.gz | head -1); head -c 1000 $f > x; mv x $f");
  const auto listing = lab.list(*dump::make_catalog({lab / "dumps", "/usr/bin/pg_restore"}, lab.tools()));
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->sets.size(), 10u);
  for (const BackupSet& set : listing->sets) {
    EXPECT_EQ(set.complete, set.label.starts_with("whole")) << set.label << ": " << set.trouble;
    EXPECT_NE(set.complete, set.trouble.starts_with("it ")) << set.label;
  }
}
