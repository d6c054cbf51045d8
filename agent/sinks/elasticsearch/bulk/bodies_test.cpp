#include "agent/sinks/elasticsearch/bulk/bodies.hpp"

#include <gtest/gtest.h>

using namespace outrider::sinks::elasticsearch;

TEST(Bodies, AreUsedAgainOnceNobodyHoldsThem) {
  Bodies bodies;
  auto first = bodies.take();
  first->plain.assign(1 << 20, 'x');
  const char* const place = first->plain.data();
  const auto second = bodies.take();
  EXPECT_NE(first, second) << "the first is on its way";

  const std::shared_ptr<const std::string> on_its_way(first, &first->plain);
  first.reset();
  EXPECT_NE(bodies.take()->plain.data(), place) << "the client holds it still";
  EXPECT_EQ(on_its_way->size(), 1u << 20);
}

TEST(Bodies, AreEmptyAndAsLargeAsBeforeWhenTheyComeBack) {
  Bodies bodies;
  bodies.take()->plain.assign(1 << 20, 'x');
  const auto again = bodies.take();
  EXPECT_TRUE(again->plain.empty());
  EXPECT_GE(again->plain.capacity(), 1u << 20);
}

TEST(Bodies, AtRestKeepOnlyWhatSomebodyHolds) {
  Bodies bodies;
  const auto held = bodies.take();
  const std::weak_ptr<RequestBody> idle = bodies.take();
  bodies.rest();
  EXPECT_TRUE(idle.expired());
  held->plain = "still mine";
  EXPECT_NE(bodies.take(), held);
}
