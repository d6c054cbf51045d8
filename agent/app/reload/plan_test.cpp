#include "agent/app/reload/plan.hpp"

#include "agent/pipeline/settings.hpp"

#include <set>

#include <gtest/gtest.h>

using namespace outrider::app;

namespace {

Plan when_changed(const std::set<std::string_view>& paths) {
  return plan([&paths](std::string_view path) { return paths.count(path) == 0; }, {"ready", "old.port"},
              {"ready", "new"});
}

}  // namespace

TEST(Plan, ChangesOnlyWhatItsPathsTouch) {
  const Plan result = when_changed({"log"});
  EXPECT_EQ(result.change, (std::vector<Part>{Part::log}));
  EXPECT_EQ(result.keep.size(), 11u);
  EXPECT_EQ(result.sentence(), "changes log; keeps 11 parts");
}

TEST(Plan, TakesEachProbeForItself) {
  const Plan some = when_changed({"health.probes"});
  EXPECT_EQ(some.change, (std::vector<Part>{Part::health}));
  EXPECT_EQ(some.probes.keep, std::vector<std::string>{"ready"});
  EXPECT_EQ(some.sentence(),
            "changes health.probes (adds new; removes old.port; keeps ready); keeps 11 parts");
  const Plan all = when_changed({"health.probes", "health.probes.ready"});
  EXPECT_EQ(all.sentence(),
            "changes health.probes (adds new; changes ready; removes old.port); keeps 11 parts");
}

TEST(Plan, ACertificateIsPartOfItsListener) {
  EXPECT_EQ(when_changed({"metrics.tls"}).change, (std::vector<Part>{Part::metrics_listener}));
}

TEST(Plan, KnowsEachKeyThatBringsMetrics) {
  for (const auto& key : outrider::pipeline::metric_keys()) {
    const std::string path = "metrics." + key.key;
    EXPECT_EQ(when_changed({path}).change, (std::vector<Part>{Part::scrapes})) << path;
  }
}

TEST(Plan, MetricsThatAreSentComeWithLogsAndTraces) {
  EXPECT_EQ(when_changed({"metrics.read"}).change, (std::vector<Part>{Part::logs}));
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
