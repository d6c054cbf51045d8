#include "agent/sinks/shelf.hpp"

#include "agent/config/load.hpp"

#include <gtest/gtest.h>

using namespace outrider;

TEST(SinkShelf, ReadsItsKeys) {
  sinks::Shelf shelf;
  sinks::fill(shelf);
  ASSERT_EQ(shelf.entries().size(), 1u);
  const auto& kind = shelf.entries()[0].kind;
  const auto plan =
      config::load_text("t", "{path: /x.log, sync: 5s, buffer: 1MiB, when_full: drop_newest}", kind);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan.value->buffer_bytes, 1u << 20);
  EXPECT_EQ(plan.value->when_full, sinks::WhenFull::drop_newest);
  EXPECT_EQ(plan.value->writes, std::vector<std::string>{"/x.log"});
  for (const char* good : {"{path: /x, sync: never}", "{path: /x, sync: each_batch, keep: 0}"}) {
    EXPECT_TRUE(config::load_text("t", good, kind)) << good;
  }
  for (const char* bad : {"{}", "{path: x.log}", "{path: /x, sync: often}", "{path: /x, when_full: block}",
                          "{path: /x, buffer: 1}"}) {
    EXPECT_FALSE(config::load_text("t", bad, kind)) << bad;
  }
}
