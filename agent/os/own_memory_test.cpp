#include "agent/os/own_memory.hpp"

#include "agent/os/proc.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace outrider::os {
namespace {

std::uint64_t resident_bytes() {
  const auto facts = Proc{}.facts(0);
  return facts ? facts->resident_bytes : 0;
}

TEST(OwnMemory, WeighsLessAfterGivingBackAndStillWorks) {
  std::vector<std::string> many(4096, std::string(256, 'x'));
  const std::uint64_t before = resident_bytes();
  many.clear();
  many.shrink_to_fit();
  give_back_unused_memory();
  const std::uint64_t after = resident_bytes();
  EXPECT_LT(after, before);
}

TEST(OwnMemory, WhatWasWrittenIsKept) {
  static int written = 1;
  static const std::vector<std::string> made_at_start = {"kept"};
  written = 42;
  give_back_unused_memory();
  EXPECT_EQ(written, 42);
  EXPECT_EQ(made_at_start.front(), "kept");
}

}  // namespace
}  // namespace outrider::os
