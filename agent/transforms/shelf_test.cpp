#include "agent/transforms/shelf.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(TransformShelf, HasBothFormats) {
  transforms::Shelf shelf;
  transforms::fill(shelf);
  ASSERT_EQ(shelf.entries().size(), 2u);
  EXPECT_EQ(shelf.entries()[0].name, "json");
  EXPECT_EQ(shelf.entries()[1].name, "text");
}
