#include "agent/recovery/point/book.hpp"

#include "agent/os/scratch.hpp"

#include <gtest/gtest.h>

namespace outrider::recovery {
namespace {

constexpr std::uint64_t ours = 7'650'000'000'000'000'001;

TEST(RestorePoint, ANameCanStandAnywhereAsItIs) {
  for (const char* good : {"a", "before-v42", "2026-11-21T14:00:00.000", "A_1", "_x"})
    EXPECT_FALSE(trouble_with_point_name(good)) << good;
  EXPECT_FALSE(trouble_with_point_name(std::string(63, 'x')));
  for (const std::string& bad :
       {std::string(), std::string(64, 'x'), std::string("a b"), std::string("it's"), std::string("a/b"),
        std::string("../x"), std::string("--here"), std::string("a\nb"), std::string("\xc3\xa9"),
        std::string("a\0b", 3), std::string("a,b")}) {
    EXPECT_TRUE(trouble_with_point_name(bad)) << bad;
  }
}

TEST(PointBook, ANameIsTakenOnceInACluster) {
  const os::Scratch scratch;
  const auto files = os::make_files();
  PointBook book(*files, scratch / "points");
  ASSERT_TRUE(book.take(ours, "before"));
  EXPECT_FALSE(book.find(ours, "before")) << "it is not known yet where it is";
  const auto again = book.take(ours, "before");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, core::Errc::busy);
  EXPECT_TRUE(book.take(ours + 1, "before")) << "another cluster's";
  ASSERT_TRUE(book.write(ours, {"before", wal::Lsn{0x3000148}}));
  EXPECT_EQ(book.find(ours, "before")->lsn, wal::Lsn{0x3000148});
  EXPECT_FALSE(book.take(ours, "before"));
  EXPECT_FALSE(book.find(ours, "../x"));
  EXPECT_FALSE(book.take(ours, "../x"));
}

TEST(PointBook, WhatWasNotMadeDoesNotUseUpItsName) {
  const os::Scratch scratch;
  const auto files = os::make_files();
  PointBook book(*files, scratch / "points");
  ASSERT_TRUE(book.take(ours, "before"));
  book.give_back(ours, "before");
  EXPECT_TRUE(book.take(ours, "before"));
}

}  // namespace
}  // namespace outrider::recovery
