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

TEST(OwnMemory, LargeBlocksGoBackWhenTheyAreFreed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer has a heap of its own, and keeps what is freed";
#endif
  tune_heap();
  constexpr std::size_t segment = 16 << 20;
  {
    const std::string first(segment, 'x');
  }  // of which the C library would learn
  give_back_unused_memory();
  const std::uint64_t before = resident_bytes();
  std::string small;
  {
    const std::string second(segment, 'x');
    small.assign(4096, 'y');  // behind it: what is freed could not be cut off the end
  }
  EXPECT_LT(resident_bytes(), before + segment / 4);
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
