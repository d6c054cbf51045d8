#include "agent/recovery/exposure/retention.hpp"

#include "agent/recovery/exposure/testing.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::recovery;
using namespace outrider::recovery::testing;
using catalogs::BackupKind;

namespace {

using Labels = std::vector<std::string>;

catalogs::BackupSet one(std::string label, int days_ago, BackupKind kind, Labels references = {}) {
  catalogs::BackupSet set = full_backup(std::move(label), noon - days_ago * 24h, {});
  set.kind = kind;
  set.references = std::move(references);
  return set;
}

catalogs::Listing two_weeks() {
  catalogs::Listing listing;
  listing.sets = {one("F1", 14, BackupKind::full),
                  one("D1", 12, BackupKind::differential, {"F1"}),
                  one("I1", 11, BackupKind::incremental, {"F1", "D1"}),
                  one("F2", 7, BackupKind::full),
                  one("D2", 5, BackupKind::differential, {"F2"}),
                  one("D3", 1, BackupKind::differential, {"F2"})};
  return listing;
}

Expiry expire(catalogs::Retention retention, std::vector<DrillRecord> drills = {},
              std::optional<BackupKind> next = {}) {
  return simulate_expire(two_weeks(), retention, drills, catalog_name, noon, next);
}

}  // namespace

TEST(Retention, WhatRestsOnAFullBackupGoesWithIt) {
  EXPECT_EQ(expire({1, {}, {}}).goes, (Labels{"F1", "D1", "I1"}));
  EXPECT_TRUE(expire({2, {}, {}}).goes.empty());
  EXPECT_EQ(expire({2, {}, {}}, {}, BackupKind::full).goes, (Labels{"F1", "D1", "I1"}))
      << "at the next full one";
  EXPECT_TRUE(expire({}).goes.empty()) << "no policy, nothing goes";
}

TEST(Retention, AFullBackupCountsAsADifferentialOneButNeverGoesAsSuch) {
  EXPECT_EQ(expire({{}, 2, {}}).goes, (Labels{"D1", "I1"}));
  EXPECT_EQ(expire({{}, 1, {}}).stays, (Labels{"F1", "F2", "D3"}));
}

TEST(Retention, ByDaysTheNewestFromBeforeTheWindowStays) {
  EXPECT_TRUE(expire({{}, {}, 10}).goes.empty()) << "F1 is needed for ten days ago";
  EXPECT_EQ(expire({{}, {}, 6}).goes, (Labels{"F1", "D1", "I1"}));
  EXPECT_EQ(expire({{}, {}, 6}).oldest_after, noon - 7 * 24h);
}

TEST(Retention, TheLastProvenSetMustNotGo) {  // F18
  const std::vector<DrillRecord> drills{proof(noon - 10 * 24h, "D1")};
  const Expiry expiry = expire({1, {}, {}}, drills);
  EXPECT_TRUE(expiry.takes_last_proven);
  EXPECT_EQ(expiry.proven, "D1");
  EXPECT_EQ(find(judge_expiry(expiry, {}, noon), "retention.proven")->severity, Severity::critical);

  const std::vector<DrillRecord> both{proof(noon - 3 * 24h, "D2"), proof(noon - 2 * 24h, "D1")};
  EXPECT_TRUE(expire({1, {}, {}}, both).takes_proven);
  EXPECT_FALSE(expire({1, {}, {}}, both).takes_last_proven) << "D2 is proven, too, and stays";
  EXPECT_TRUE(judge_expiry(expire({2, {}, {}}, drills), {}, noon).empty());
}

TEST(Retention, ThePolicyAndThePromiseMustAgree) {
  EXPECT_NE(find(judge_expiry(expire({1, {}, {}}), 10 * 24h, noon), "retention.window"), nullptr);
  EXPECT_TRUE(judge_expiry(expire({2, {}, {}}), 10 * 24h, noon).empty());
  EXPECT_TRUE(judge_expiry(expire({2, {}, {}}), 60 * 24h, noon).empty()) << "too young to reach back so far";
}
