#include "agent/catalogs/retention.hpp"

#include <gtest/gtest.h>

using namespace outrider::catalogs;

namespace {

std::string begins_with(const std::string& options) {
  return "2026-11-21 17:56:20.942 P00   INFO: [DRY-RUN] expire command begin 2.45: --config=/etc/x.conf "
         "--dry-run" +
         options +
         " --stanza=main\n2026-11-21 17:56:20.943 P00   INFO: [DRY-RUN] expire command end: completed\n";
}

}  // namespace

TEST(PgBackRestRetention, CountsFullsAndDifferentials) {
  const auto retention =
      read_pgbackrest_retention(begins_with(" --repo1-retention-diff=7 --repo1-retention-full=2"), 1);
  ASSERT_TRUE(retention);
  EXPECT_EQ(retention->fulls, 2u);
  EXPECT_EQ(retention->differentials, 7u);
  EXPECT_FALSE(retention->days);
}

TEST(PgBackRestRetention, OfTypeTimeItCountsDays) {
  const auto retention = read_pgbackrest_retention(
      begins_with(" --repo1-retention-full=14 --repo1-retention-full-type=time"), 1);
  ASSERT_TRUE(retention);
  EXPECT_EQ(retention->days, 14u);
  EXPECT_FALSE(retention->fulls);
}

TEST(PgBackRestRetention, IsThatOfTheRepositoryThatIsAskedFor) {
  const auto retention =
      read_pgbackrest_retention(begins_with(" --repo1-retention-full=2 --repo2-retention-full=9"), 2);
  ASSERT_TRUE(retention);
  EXPECT_EQ(retention->fulls, 9u);
}

TEST(PgBackRestRetention, WithoutOptionsEverythingIsKept) {
  const auto retention = read_pgbackrest_retention(begins_with(""), 1);
  ASSERT_TRUE(retention);
  EXPECT_FALSE(retention->fulls || retention->differentials || retention->days);
}

TEST(PgBackRestRetention, WhatCannotBeUnderstoodIsUnknown) {
  EXPECT_FALSE(read_pgbackrest_retention("", 1));
  EXPECT_FALSE(
      read_pgbackrest_retention("ERROR: [027]: expire command must be run on the repository host", 1));
  EXPECT_FALSE(read_pgbackrest_retention(begins_with(" --repo1-retention-full=many"), 1));
  EXPECT_FALSE(read_pgbackrest_retention(
      begins_with(" --repo1-retention-full=3 --repo1-retention-full-type=moon"), 1));
}
