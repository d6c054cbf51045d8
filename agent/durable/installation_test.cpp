#include "agent/durable/installation.hpp"

#include "agent/os/random.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(Installation, HasOneNameForEverAndNoTwoTheSame) {
  const auto random = os::make_seeded_random(4);
  const auto here = durable::make_memory_book();
  const auto there = durable::make_memory_book();
  const auto name = durable::installation_of(*here, *random);
  ASSERT_TRUE(name);
  EXPECT_GE(name->size(), 20u);
  EXPECT_EQ(durable::installation_of(*here, *random).value(), *name);
  EXPECT_NE(durable::installation_of(*there, *random).value(), *name);
}
