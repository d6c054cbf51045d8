#include "agent/transforms/shelf.hpp"
#include "agent/transforms/steps/thin/hash.hpp"
#include "agent/transforms/test_kit.hpp"

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::transforms;
using namespace outrider::transforms::testing;

namespace {

ChainPlan sampling(const std::string& yaml) {
  Shelf shelf;
  fill(shelf);
  ChainPlan plan{{"json", nullptr, nullptr}, {}, {}};
  for (const auto& entry : shelf.formats()) {
    if (entry.name == "json") plan.reading.format = entry.plain;
  }
  for (const auto& entry : shelf.steps()) {
    if (entry.name != "steps") continue;
    plan.steps.push_back(*config::load_text("test", "[{sample: " + yaml + "}]", entry.kind).value);
  }
  return plan;
}

}  // namespace

TEST(Sample, TheSameRecordsGoOnEachTimeTheyAreRead) {
  const std::vector<std::string_view> lines(2000, R"({"level":"info","msg":"m"})");
  const ChainPlan plan = sampling("{share: 0.1}");
  Flow once(plan), again(plan);
  const std::vector<std::string> first = once.lines(lines);
  EXPECT_EQ(first, again.lines(lines));
  EXPECT_GT(first.size(), 150u);
  EXPECT_LT(first.size(), 250u);
}

TEST(Sample, WarningsAndWhatHasNoLevelAllGoOnUnlessItIsSaid) {
  const std::vector<std::string_view> lines{R"({"level":"warn"})", R"({"level":"fatal"})", R"({"msg":"m"})",
                                            R"({"level":"info"})"};
  Flow usual(sampling("{share: 0}")), all(sampling("{share: 0, below: all}"));
  EXPECT_EQ(usual.lines(lines).size(), 3u);
  EXPECT_EQ(all.lines(lines).size(), 0u);
}

TEST(Sample, RecordsOfOneTraceGoOnTogetherOrNotAtAll) {
  Flow run(sampling("{share: 0.5, by: order}"));
  std::size_t all = 0;
  for (int order = 0; order < 200; ++order) {
    const std::string line = R"({"level":"info","order":)" + std::to_string(order) + "}";
    const std::size_t on = run.lines({line, line, line}).size();
    EXPECT_TRUE(on == 0 || on == 3) << order;
    all += on;
  }
  EXPECT_GT(all, 200u);
  EXPECT_LT(all, 400u);
}
