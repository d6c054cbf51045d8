#include "agent/tracing/shown/entries.hpp"

#include "agent/tracing/test_traces.hpp"

#include <gtest/gtest.h>

namespace outrider::tracing {
namespace {

using namespace std::chrono_literals;
using testing::request_with;
using testing::TestSpan;

constexpr core::WallTime noon{std::chrono::seconds(1'800'000'000)};

TEST(Entries, ShowATraceByTheSpanThroughWhichItWasEntered) {
  Entries entries;
  entries.look(
      request_with({{.trace = 7, .id = 2, .parent = 1, .took_ms = 5, .failed = true, .name = "part"}}), noon);
  EXPECT_TRUE(entries.newest().empty()) << "a part says nothing of where it began";
  entries.look(request_with({{.trace = 7, .id = 1, .took_ms = 30},
                             {.trace = 7, .id = 3, .parent = 1, .failed = true, .name = "another part"}}),
               noon + 1s);
  const auto newest = entries.newest();
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].id, "0af7651916cd43dd0000000000000007");
  EXPECT_EQ(newest[0].service, "api");
  EXPECT_EQ(newest[0].name, "GET /");
  EXPECT_EQ(newest[0].took, 30ms);
  EXPECT_EQ(newest[0].came, noon + 1s);
  EXPECT_TRUE(newest[0].failed) << "a part of it has";
}

TEST(Entries, TheRootTakesThePlaceOfAnEntryBelowIt) {
  Entries entries;
  entries.look(request_with({{.trace = 7, .id = 2, .parent = 1, .parent_is_remote = true, .name = "below"}}),
               noon);
  entries.look(request_with({{.trace = 7, .id = 1, .name = "root"}}, "gateway"), noon);
  entries.look(request_with({{.trace = 7, .id = 4, .parent = 1, .parent_is_remote = true, .name = "below"}}),
               noon);
  ASSERT_EQ(entries.newest().size(), 1u);
  EXPECT_EQ(entries.newest()[0].name, "root");
  EXPECT_EQ(entries.newest()[0].service, "gateway");
}

TEST(Entries, TheNewestStay) {
  Entries entries;
  for (std::uint64_t trace = 1; trace <= 50; ++trace) entries.look(request_with({{.trace = trace}}), noon);
  const auto newest = entries.newest();
  ASSERT_EQ(newest.size(), Entries::most);
  EXPECT_TRUE(newest.front().id.ends_with("32"));
  EXPECT_TRUE(newest.back().id.ends_with("1f"));
}

}  // namespace
}  // namespace outrider::tracing
