#include "agent/wal/lsn.hpp"

#include <gtest/gtest.h>

namespace outrider::wal {
namespace {

TEST(Lsn, IsWrittenAsPostgresWritesIt) {
  EXPECT_EQ(Lsn{0x3000148}.text(), "0/3000148");
  EXPECT_EQ((Lsn{(0xABULL << 32) | 1}).text(), "AB/1");
  EXPECT_EQ(parse_lsn("AB/1"), (Lsn{(0xABULL << 32) | 1}));
  EXPECT_EQ(parse_lsn("ffffffff/FFFFFFFF"), Lsn{~0ULL});
}

TEST(Lsn, IsNothingForAnythingElse) {
  for (const char* text : {"", "/", "0/", "/0", "0/G", "0 /1", "0/1 ", "100000000/0", "0x1/1", "1"}) {
    EXPECT_FALSE(parse_lsn(text)) << text;
  }
}

}  // namespace
}  // namespace outrider::wal
