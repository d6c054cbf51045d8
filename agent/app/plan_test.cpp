#include "agent/app/plan.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider::app;

namespace {

Plan when_changed(const std::set<std::string_view>& paths) {
  return plan([&paths](std::string_view path) { return paths.count(path) == 0; });
}

}  // namespace

TEST(Plan, ChangesOnlyWhatItsPathsTouch) {
  const Plan result = when_changed({"health.probes"});
  EXPECT_EQ(result.change, (std::vector<Part>{Part::health}));
  EXPECT_EQ(result.keep.size(), 6u);
  EXPECT_EQ(result.sentence(), "changes health.probes; keeps 6 parts");
}

TEST(Plan, ACertificateIsPartOfItsListener) {
  EXPECT_EQ(when_changed({"metrics.tls"}).change, (std::vector<Part>{Part::metrics_listener}));
}

TEST(Plan, OfAnUnchangedFileIsEmpty) {
  const Plan result = when_changed({});
  EXPECT_TRUE(result.empty());
  EXPECT_EQ(result.sentence(), "nothing changed");
}

TEST(Plan, SaysWhatOnlyANewAgentCanRead) {
  const Plan result = when_changed({"state", "log"});
  EXPECT_FALSE(result.empty());
  EXPECT_EQ(result.sentence(), "`state` cannot change while outrider runs");
}
